//! Steps aside for the camera: the calling thread gets the lowest CPU and I/O priority.
//!
//! The one place with `unsafe`: no crate that we use offers `ioprio_set`.

/// Lowers the calling thread, and threads and processes that it starts afterwards, to nice 19 and
/// the idle I/O class. A kernel that refuses leaves things as they were: a slow neighbour is no
/// reason to fail a backup.
#[allow(unsafe_code)]
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
