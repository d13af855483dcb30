"""What a model reaches on images it never saw, by the field's own measures.

measure    every figure of a model card, from the parts below
bounds     ELBO and its parts, IWAE
codes      what the codes are worth: the kNN vote, the squared error of the decoded picture
draws      pictures of codes drawn from the prior
samples    precision, recall, density and coverage of such draws
features   the small classifiers whose features they are compared in
"""
