// Placeholder until the first file of Kernels lands.
