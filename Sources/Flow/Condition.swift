import Glibc

/// A lock, and a place to wait in for what another thread changes under it.
final class Condition: @unchecked Sendable {
    // @unchecked Sendable because any thread may use what POSIX makes for it. Neither may move, so both have memory of their own.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let signal = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(signal, nil)
    }

    deinit {
        pthread_cond_destroy(signal)
        pthread_mutex_destroy(mutex)
        signal.deallocate()
        mutex.deallocate()
    }

    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }

    /// Lets go of the lock until another thread calls `broadcast`, or for no reason.
    func wait() { pthread_cond_wait(signal, mutex) }

    func broadcast() { pthread_cond_broadcast(signal) }
}
