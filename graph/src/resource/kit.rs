//! The built-in kit: drums that Sorl makes itself, at any rate, the same bits every time.
//!
//! The names are Tidal's and Strudel's. Each sound has variants, `bd:0`, `bd:1` and so on, which differ in pitch,
//! length and brightness. Swept sines for the drums, filtered noise for snares and shakers, six square waves at the
//! frequencies of a Roland TR-808's oscillators for whatever is metal. Allocates; worker or control thread.

use super::{Sound, SoundError};
use crate::math::{exp, seed_of, sin_turns};

/// The names of the kit with the number of variants and what each is.
pub const NAMES: &[(&str, usize, &str)] = &[
    ("bd", 6, "bass drum"),
    ("sd", 6, "snare drum"),
    ("rim", 4, "rim shot"),
    ("cp", 4, "hand clap"),
    ("hh", 6, "closed hi-hat"),
    ("oh", 4, "open hi-hat"),
    ("lt", 4, "low tom"),
    ("mt", 4, "middle tom"),
    ("ht", 4, "high tom"),
    ("cb", 4, "cow bell"),
    ("cr", 4, "crash cymbal"),
    ("rd", 4, "ride cymbal"),
    ("sh", 4, "shaker"),
    ("tb", 4, "tambourine"),
    ("perc", 6, "blocks and blips"),
];

/// How many variants a sound of the kit has; none if it is not in the kit.
pub fn variants(name: &str) -> Option<usize> {
    NAMES.iter().find(|k| k.0 == name).map(|k| k.1)
}

/// A sound of the kit in mono; `n` counts round. `None` if it is not in the kit, or if the rate is none.
pub fn sound(name: &str, n: usize, rate: u32) -> Option<Result<Sound, SoundError>> {
    let n = n % variants(name)?;
    if !(1_000..=768_000).contains(&rate) {
        return Some(Err(SoundError::Rate(rate)));
    }
    let v = n as f64;
    let mut b = Bench::new(rate, seed_of(name) as u32 ^ n as u32);
    match name {
        "bd" => bass_drum(&mut b, v),
        "sd" => snare(&mut b, v),
        "rim" => rim(&mut b, v),
        "cp" => clap(&mut b, v),
        "hh" => hat(&mut b, 0.035 + 0.012 * v, 7000.0 + 600.0 * v),
        "oh" => hat(&mut b, 0.26 + 0.1 * v, 6500.0 + 500.0 * v),
        "lt" => tom(&mut b, 82.0 + 9.0 * v, v),
        "mt" => tom(&mut b, 123.0 + 12.0 * v, v),
        "ht" => tom(&mut b, 185.0 + 17.0 * v, v),
        "cb" => cow_bell(&mut b, v),
        "cr" => cymbal(&mut b, 0.75 + 0.2 * v, 4200.0 - 350.0 * v, 0.9),
        "rd" => cymbal(&mut b, 0.55 + 0.12 * v, 5600.0 + 500.0 * v, 0.35),
        "sh" => shaker(&mut b, v),
        "tb" => tambourine(&mut b, v),
        _ => perc(&mut b, n),
    }
    Some(Sound::new(rate, vec![b.finish()]))
}

fn bass_drum(b: &mut Bench, v: f64) {
    let (low, length) = (46.0 + 3.5 * v, 0.17 - 0.018 * v);
    b.sine(
        1.0,
        move |t| low + 190.0 * exp(-t / 0.011) + 45.0 * exp(-t / 0.05),
        decay(length),
    );
    b.noise(
        0.06 + 0.04 * v,
        decay(0.004),
        Filter::low(3500.0 + 700.0 * v),
    );
}

fn snare(b: &mut Bench, v: f64) {
    let body = 176.0 + 11.0 * v;
    b.sine(0.55, move |t| body + 60.0 * exp(-t / 0.01), decay(0.055));
    b.sine(
        0.3,
        move |t| body * 1.79 + 40.0 * exp(-t / 0.01),
        decay(0.035),
    );
    b.noise(
        0.7,
        decay(0.075 + 0.018 * v),
        Filter::high(1400.0 + 250.0 * v),
    );
    b.noise(0.35, decay(0.012), Filter::band(5200.0, 1.2));
}

fn rim(b: &mut Bench, v: f64) {
    let pitch = 1650.0 + 140.0 * v;
    b.sine(0.7, move |_| pitch, decay(0.006));
    b.sine(0.5, move |_| pitch * 0.29, decay(0.012));
    b.noise(0.3, decay(0.0025), Filter::high(3000.0));
}

fn clap(b: &mut Bench, v: f64) {
    // Three hands and then the room.
    let (gap, room) = (0.0095 + 0.0015 * v, 0.07 + 0.025 * v);
    let hands = move |t: f64| {
        let last = (t / gap).floor().min(3.0);
        let since = t - last * gap;
        let fall = if last < 3.0 { 0.0035 } else { room };
        let level = if last < 3.0 { 1.0 } else { 0.75 };
        level * exp(-since / fall)
    };
    b.noise(1.0, hands, Filter::band(1150.0 + 130.0 * v, 1.0));
    b.noise(0.25, hands, Filter::high(2500.0));
}

fn hat(b: &mut Bench, length: f64, cutoff: f64) {
    b.metal(1.0, 1.0, decay(length), Filter::high(cutoff));
    b.noise(0.35, decay(length * 0.8), Filter::high(cutoff));
}

fn tom(b: &mut Bench, pitch: f64, v: f64) {
    let bend = pitch * (0.55 + 0.05 * v);
    b.sine(1.0, move |t| pitch + bend * exp(-t / 0.028), decay(0.15));
    b.sine(
        0.18,
        move |t| 1.58 * (pitch + bend * exp(-t / 0.02)),
        decay(0.06),
    );
    b.noise(0.05, decay(0.02), Filter::low(2200.0));
}

fn cow_bell(b: &mut Bench, v: f64) {
    let (low, high) = (540.0 + 24.0 * v, 800.0 + 36.0 * v);
    let fall = |t: f64| 0.55 * exp(-t / 0.018) + 0.45 * exp(-t / 0.12);
    let mut filter = Filter::band(high * 1.1, 0.9);
    b.add(
        0.6,
        move |t, _| fall(t) * (square(low * t) + square(high * t)),
        &mut filter,
    );
}

fn cymbal(b: &mut Bench, length: f64, cutoff: f64, wash: f64) {
    b.metal(0.8, 1.31, decay(length), Filter::high(cutoff));
    b.metal(
        0.5,
        2.17,
        decay(length * 0.6),
        Filter::band(cutoff * 0.62, 1.4),
    );
    b.noise(wash * 0.8, decay(length * 0.7), Filter::high(cutoff * 0.8));
}

fn shaker(b: &mut Bench, v: f64) {
    let (rise, length) = (0.012 + 0.006 * v, 0.03 + 0.008 * v);
    let sway = move |t: f64| (t / rise).min(1.0) * exp(-(t - rise).max(0.0) / length);
    b.noise(1.0, sway, Filter::band(6500.0 + 500.0 * v, 1.3));
}

fn tambourine(b: &mut Bench, v: f64) {
    let jingle =
        move |t: f64| exp(-t / (0.09 + 0.02 * v)) * (0.75 + 0.25 * sin_turns(t * (37.0 + 5.0 * v)));
    b.metal(0.7, 3.7 + 0.3 * v, jingle, Filter::high(7000.0));
    b.noise(0.6, jingle, Filter::band(9000.0, 2.0));
}

fn perc(b: &mut Bench, n: usize) {
    let pitch = [760.0, 1020.0, 1370.0, 420.0, 2100.0, 330.0][n % 6];
    let fall = [0.02, 0.018, 0.015, 0.05, 0.012, 0.08][n % 6];
    let bend = if n % 6 > 3 { 1.4 } else { 0.12 };
    b.sine(
        1.0,
        move |t| pitch * (1.0 + bend * exp(-t / 0.01)),
        decay(fall),
    );
    b.sine(0.35, move |_| pitch * 2.76, decay(fall * 0.5));
    b.noise(0.08, decay(0.003), Filter::high(2000.0));
}

/// An exponential decay with a time constant in seconds.
fn decay(seconds: f64) -> impl Fn(f64) -> f64 + Copy {
    move |t| exp(-t / seconds)
}

fn square(turns: f64) -> f64 {
    if turns - turns.floor() < 0.5 {
        1.0
    } else {
        -1.0
    }
}

/// The frequencies of the TR-808's six metal oscillators, in Hz.
const METAL: [f64; 6] = [205.3, 304.4, 369.6, 522.7, 540.0, 800.0];
/// Longest sound in seconds; a sound ends earlier where it has faded.
const LONGEST: f64 = 3.0;
/// What is below this share of the peak counts as faded: −66 dB.
const FADED: f64 = 0.0005;
/// The peak of every sound.
const PEAK: f64 = 0.9;

/// Where a sound is put together.
struct Bench {
    rate: f64,
    seed: u32,
    sum: Vec<f64>,
}

impl Bench {
    fn new(rate: u32, seed: u32) -> Bench {
        Bench {
            rate: f64::from(rate),
            seed,
            sum: vec![0.0; (f64::from(rate) * LONGEST) as usize],
        }
    }

    /// Adds a source, from its time in seconds and a noise of its own, −1…1, through a filter.
    fn add(&mut self, level: f64, source: impl Fn(f64, f64) -> f64, filter: &mut Filter) {
        filter.tune(self.rate);
        self.seed = self
            .seed
            .wrapping_mul(0x9e37_79b9)
            .wrapping_add(0x7f4a_7c15);
        let mut noise = self.seed | 1;
        for (i, x) in self.sum.iter_mut().enumerate() {
            // Xorshift (Marsaglia 2003).
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let white = f64::from(noise) / f64::from(1u32 << 31) - 1.0;
            *x += level * filter.run(source(i as f64 / self.rate, white));
        }
    }

    fn noise(&mut self, level: f64, envelope: impl Fn(f64) -> f64, mut filter: Filter) {
        self.add(level, |t, white| white * envelope(t), &mut filter);
    }

    fn metal(&mut self, level: f64, pitch: f64, envelope: impl Fn(f64) -> f64, mut filter: Filter) {
        let six = |t: f64| METAL.iter().map(|f| square(f * pitch * t)).sum::<f64>();
        self.add(level, |t, _| six(t) * 0.3 * envelope(t), &mut filter);
    }

    /// A sine from phase 0 whose pitch in Hz moves.
    fn sine(&mut self, level: f64, hertz: impl Fn(f64) -> f64, envelope: impl Fn(f64) -> f64) {
        let mut phase = 0.0;
        for (i, x) in self.sum.iter_mut().enumerate() {
            let t = i as f64 / self.rate;
            let envelope = envelope(t);
            if envelope < 1e-6 && t > 0.05 {
                break;
            }
            *x += level * sin_turns(phase) * envelope;
            phase += hertz(t) / self.rate;
        }
    }

    /// The sound up to where it has faded, at its peak, its last five milliseconds drawn to nought.
    fn finish(mut self) -> Vec<f32> {
        let peak = self
            .sum
            .iter()
            .fold(0.0f64, |p, x| p.max(x.abs()))
            .max(1e-9);
        let heard = self.sum.iter().rposition(|x| x.abs() > FADED * peak);
        self.sum.truncate(heard.map_or(1, |i| i + 1));
        let (frames, fade) = (self.sum.len(), (self.rate * 0.005).max(1.0));
        let level = |i: usize| PEAK / peak * ((frames - i) as f64 / fade).min(1.0);
        let scaled = self.sum.iter().enumerate().map(|(i, x)| x * level(i));
        scaled.map(|x| x as f32).collect()
    }
}

#[derive(Clone, Copy)]
enum Pass {
    Low,
    Band,
    High,
}

/// A state-variable filter in Andrew Simper's form (Cytomic, 2013).
struct Filter {
    pass: Pass,
    hertz: f64,
    damping: f64,
    a: [f64; 3],
    state: [f64; 2],
}

impl Filter {
    fn new(pass: Pass, hertz: f64, damping: f64) -> Filter {
        Filter {
            pass,
            hertz,
            damping,
            a: [0.0; 3],
            state: [0.0; 2],
        }
    }
    fn low(hertz: f64) -> Filter {
        Filter::new(Pass::Low, hertz, std::f64::consts::SQRT_2)
    }
    fn high(hertz: f64) -> Filter {
        Filter::new(Pass::High, hertz, std::f64::consts::SQRT_2)
    }
    fn band(hertz: f64, quality: f64) -> Filter {
        Filter::new(Pass::Band, hertz, 1.0 / quality)
    }
    fn tune(&mut self, rate: f64) {
        let half_turns = (self.hertz / rate).min(0.49) / 2.0;
        let g = sin_turns(half_turns) / sin_turns(half_turns + 0.25);
        let a1 = 1.0 / (1.0 + g * (g + self.damping));
        self.a = [a1, g * a1, g * g * a1];
        self.state = [0.0; 2];
    }
    fn run(&mut self, x: f64) -> f64 {
        let [a1, a2, a3] = self.a;
        let [s1, s2] = self.state;
        let v3 = x - s2;
        let (v1, v2) = (a1 * s1 + a2 * v3, s2 + a2 * s1 + a3 * v3);
        self.state = [2.0 * v1 - s1, 2.0 * v2 - s2];
        match self.pass {
            Pass::Low => v2,
            Pass::Band => self.damping * v1,
            Pass::High => x - self.damping * v1 - v2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(name: &str, n: usize, rate: u32) -> Vec<f32> {
        sound(name, n, rate).unwrap().unwrap().channels()[0].clone()
    }

    /// Mean frequency of the power, by the ratio of the slope's power to the sound's.
    fn brightness(x: &[f32], rate: f64) -> f64 {
        let power: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
        let slope: f64 = x.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).sum();
        (slope / power).sqrt() * rate / std::f64::consts::TAU
    }

    #[test]
    fn every_sound_is_there_at_its_peak_ends_in_silence_and_is_the_same_each_time() {
        for &(name, variants, _) in NAMES {
            for n in 0..variants {
                let x = samples(name, n, 22050);
                let peak = x.iter().fold(0.0f32, |p, x| p.max(x.abs()));
                assert!((0.8..=0.9001).contains(&peak), "{name}:{n} {peak}");
                assert!(x.last().unwrap().abs() < 1e-3, "{name}:{n} ends in a click");
                assert!((300..66_151).contains(&x.len()), "{name}:{n} {}", x.len());
                assert_eq!(x, samples(name, n, 22050), "{name}:{n}");
                if n > 0 {
                    assert_ne!(x, samples(name, 0, 22050), "{name}:{n}");
                }
            }
            assert_eq!(samples(name, variants, 8000), samples(name, 0, 8000));
        }
        assert!(sound("gong", 0, 48000).is_none());
    }

    #[test]
    fn a_bass_drum_is_low_a_hat_is_high_and_toms_rise() {
        let of = |name| brightness(&samples(name, 0, 48000), 48000.0);
        assert!(of("bd") < 250.0, "{}", of("bd"));
        assert!(of("hh") > 6000.0, "{}", of("hh"));
        assert!(of("lt") < of("mt") && of("mt") < of("ht"));
        assert!(samples("oh", 0, 48000).len() > 3 * samples("hh", 0, 48000).len());
    }

    #[test]
    fn at_another_rate_it_is_the_same_drum() {
        let (a, b) = (samples("bd", 0, 44100), samples("bd", 0, 96000));
        let seconds = [a.len() as f64 / 44100.0, b.len() as f64 / 96000.0];
        assert!((seconds[0] - seconds[1]).abs() < 0.01, "{seconds:?}");
    }
}
