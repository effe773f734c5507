internal import CMalloc

/// Lets all threads take their memory from two arenas. Left to itself, glibc gives threads arenas of their own, up to eight a processor;
/// each keeps what was freed in it, so that a service whose cameras come and go would grow by a camera's pictures for every arena.
package func shareArenas() { mallopt(M_ARENA_MAX, 2) }
