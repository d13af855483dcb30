"""Models: configurations, networks, likelihoods, priors, the ELBO, and the VAE itself."""
