"""What happens over many steps: initialisation, dropout, update rules, minibatches, vanishing gradients."""
