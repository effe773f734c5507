internal import CKernels

/// How many processors the networks use.
///
/// One pool of threads serves the whole process: every layer is cut into parts that the pool's threads and the caller work
/// off together, and no library below brings threads of its own. A layer that starts while another queue's is at work runs
/// on its caller alone.
package enum ThreadBudget {
    /// Threads that share a layer, the caller included; the processors this process may run on unless set. One within a part of a layer.
    package static var threads: Int {
        get { ck_threads() }
        set { ck_set_threads(newValue) }
    }

    package static var availableCores: Int { ck_cores() }

    /// Within a part: a number below `threads`, that no other thread at work on the whole has.
    package static var lane: Int { ck_lane() }
}

/// Calls `body` with all of `0..<count`, on the threads of the pool: of T threads each begins with a T-th of the indices that
/// is its own. So layers number their work by image first, then by row: each thread finds what it wrote a layer before.
package func parallel(_ count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
        var body = body
        withUnsafeMutablePointer(to: &body) { body in
            ck_parallel(count, body) { context, index in
                context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee(index)
            }
        }
    }
}

/// Calls `body` with consecutive ranges of up to `length` that make up `0..<count`, on the threads of the pool.
package func parallel(_ count: Int, by length: Int, _ body: (Range<Int>) -> Void) {
    parallel(maps: 1, count, by: length) { body($1) }
}

/// The same for each of `maps` maps, whose number `body` gets, too.
func parallel(maps: Int, _ count: Int, by length: Int, _ body: (Int, Range<Int>) -> Void) {
    let parts = (count + length - 1) / length
    parallel(maps * parts) { index in
        let start = index % parts * length
        body(index / parts, start..<min(count, start + length))
    }
}
