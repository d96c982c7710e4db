//! Keras models and the HDF5 container that they lie in, read without libhdf5.
