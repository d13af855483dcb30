"""Evaluation: the figures of a model card, measured on the test split.

measure           all figures, from the modules below
bounds            ELBO with its terms, IWAE bound
codes             kNN accuracy of codes, squared error of decoded pictures
prior_samples     pictures decoded from draws from the prior
samples           precision, recall, density and coverage of such pictures
features          classifiers whose features compare them
train_features    training of those classifiers
figures           figures as text
comparison        two models side by side
"""
