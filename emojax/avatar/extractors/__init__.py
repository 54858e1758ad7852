"""A face part becomes a vector: autoencoder, ResNet-50, or its plain pixels."""
