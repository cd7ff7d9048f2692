//! Retention: what may go to make room, decided before anything is touched. Every decision carries
//! its reason, and what is protected stays protected whatever the numbers say.
pub mod forecast;
pub mod nights;
pub mod tiered;
