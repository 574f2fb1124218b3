//! The editor without a window: what it shows, and what hands on it do to score and session.

mod arrange;
mod bar;
mod canvas;
mod clock;
mod files;
mod gaze;
mod hands;
mod inspector;
mod learn;
mod library;
mod modules;
mod names;
mod operations;
mod paint;
mod pictures;
mod reach;
mod score;
mod timeline;
mod windows;
mod wires;
