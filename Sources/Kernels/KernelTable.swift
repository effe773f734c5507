internal import CKernels
import Glibc

/// The compiled form of the vector loops that runs here.
let kernels = choice.form

/// Its name, for the log: `avx512bf16`, `avx2`… `POSED_KERNELS` in the environment chooses another one.
package let kernelSet = String(cString: kernels.name)

/// What is wrong with `POSED_KERNELS`, in which case the best form runs.
///
/// Choosing a form may set environment variables: read this before other threads run.
package let kernelProblem = choice.problem

/// Those of ours that run on this processor, the best first.
private let forms = Array(
    sequence(state: 0) { index in
        defer { index += 1 }
        return ck_form(index)?.pointee
    })

private let choice: (form: ck_kernels, problem: String?) = {
    // Where the baseline is all there is, a library with loops for the processor is faster.
    let best = forms.count == 1 ? ck_openblas()?.pointee ?? forms[0] : forms[0]
    guard let wanted = getenv("POSED_KERNELS").map({ String(cString: $0) }), !wanted.isEmpty else { return (best, nil) }
    if wanted == "openblas" {
        if let form = ck_openblas()?.pointee { return (form, nil) }
        return (best, "POSED_KERNELS is openblas, but libopenblas.so.0 cannot be opened: install libopenblas0")
    }
    if let form = forms.first(where: { String(cString: $0.name) == wanted }) { return (form, nil) }
    let names = forms.map { String(cString: $0.name) }.joined(separator: ", ")
    return (best, "POSED_KERNELS is \(wanted), which does not run on this processor: choose one of \(names), openblas")
}()
