internal import CKernels

/// The compiled form of the vector loops that runs here.
let kernels = ck_kernels().pointee

/// Its name, for the log: `avx512bf16`, `avx2`… `POSED_KERNELS` in the environment chooses a lesser one.
package let kernelSet = String(cString: kernels.name)
