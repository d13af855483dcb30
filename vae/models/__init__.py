"""The networks: configuration, likelihoods, priors, the bound, the model itself."""
