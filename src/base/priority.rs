//! Steps aside for the camera: a thread gets the lowest CPU and I/O priority, a service gives memory back;
//! a size limit of files is an error.
//!
//! The one place with `unsafe`: no crate that we use offers `ioprio_set`, `mallopt` and `signal`.

/// Lowers the calling thread, and threads and processes that it starts afterwards, to nice 19 and
/// the idle I/O class. A kernel that refuses leaves things as they were: a slow neighbour is no
/// reason to fail a backup.
#[expect(unsafe_code, reason = "the calls of the C library that no safe crate offers")]
pub fn step_aside() {
    const IOPRIO_WHO_PROCESS: libc::c_int = 1;
    const IOPRIO_CLASS_IDLE: libc::c_int = 3;
    const IOPRIO_CLASS_SHIFT: libc::c_int = 13;
    // SAFETY: both calls take integers only; 0 names the calling thread. On Linux a nice value
    // belongs to the thread, not to the process.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, 19);
        libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
    }
}

/// Shares of the heap that threads may have.
#[cfg(target_env = "gnu")]
const ARENAS: libc::c_int = 2;

/// Threads share what is freed: the allocator of glibc would keep a share for each. With 100,000 files a restore keeps a
/// tenth less. To be called before the first thread.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the calls of the C library that no safe crate offers")]
pub fn share_memory() {
    // SAFETY: `mallopt` takes integers only, and a value that it does not like changes nothing.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
    }
}

/// For a process that lives for months and starts many threads: what is freed goes back to the system instead of
/// staying with each thread that had it. With listeners, backups and an upload at once, the allocator kept 100 MB
/// for work that needs 30. To be called before the first thread.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "the calls of the C library that no safe crate offers")]
pub fn give_memory_back() {
    /// Larger pieces come from the system and go back to it at once. Naming it also keeps it from growing.
    const LARGE: libc::c_int = 128 << 10;
    // SAFETY: `mallopt` takes integers only, and a value that it does not like changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE);
    }
}

/// Makes a file above the size limit of this process an error of its own, instead of an end without a word. Programs that
/// are started from here inherit it.
#[expect(unsafe_code, reason = "the calls of the C library that no safe crate offers")]
pub fn survive_size_limit() {
    // SAFETY: the signal is ignored, so no code of ours runs in a handler.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Other allocators have no such habit.
#[cfg(not(target_env = "gnu"))]
pub fn share_memory() {}

/// Other allocators have no such habit.
#[cfg(not(target_env = "gnu"))]
pub fn give_memory_back() {}
