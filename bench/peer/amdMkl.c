/* MKL runs its generic AVX2 kernels on processors that are not Intel's. Preloaded, these two answers let it use AVX-512. */
int mkl_serv_intel_cpu(void) { return 1; }
int mkl_serv_intel_cpu_true(void) { return 1; }
