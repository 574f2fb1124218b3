//! The macro that makes a unit generator of a plain struct, and typed handles for its ports.

/// Makes a unit generator of a plain struct with a `process` method.
///
/// Named first are the type, the name by which scores call it, and a trait for typed handles; then its ports, in the
/// order in which `process` takes them:
///
/// | port | what `process` takes |
/// |---|---|
/// | `name: input;` | `&[f32]` |
/// | `name: sides;`, of a unit with two outputs | `[&[f32]; 2]`, left and right |
/// | `name: control(start, lowest..=highest);` and what [`crate::signal::Control`] can add: `.unit("Hz")`, `.curve(Curve::Logarithmic)`, `.smooth(0)` | [`crate::ugen::Values`] |
/// | `name: output;`, one or two | `&mut [f32]`, at first all 0 |
///
/// After the trait for handles may come `latency(|rate| frames)` and `tail(|rate| Tail)`, where it has any. A `process`
/// that returns `Option<usize>` says at which frame of the span it is done, if it is ([`crate::ugen::UnitIo::finish`]).
///
/// All slices of a span are of one length, 1…64 frames. The type has three methods: `new(rate: u32, seed: u64)`, on
/// the control thread; `process`, on the audio thread: no allocation, no lock, and a result that does not depend on
/// how spans are cut; `reset(&mut self)`, on the audio thread too: back to the beginning.
///
/// ```
/// use sorl_graph::graph::out;
/// use sorl_graph::ugen::{Values, kind};
/// use sorl_graph::{Session, When, unit_generator};
///
/// /// Sample and hold: takes every n-th frame.
/// struct Crusher {
///     held: f32,
///     left: f32,
/// }
///
/// impl Crusher {
///     fn new(_rate: u32, _seed: u64) -> Crusher {
///         Crusher { held: 0.0, left: 0.0 }
///     }
///     fn process(&mut self, inp: &[f32], hold: Values<'_>, out: &mut [f32]) {
///         for (i, (out, inp)) in out.iter_mut().zip(inp).enumerate() {
///             if self.left <= 0.0 {
///                 (self.held, self.left) = (*inp, hold.at(i));
///             }
///             self.left -= 1.0;
///             *out = self.held;
///         }
///     }
///     fn reset(&mut self) {
///         *self = Crusher { held: 0.0, left: 0.0 };
///     }
/// }
///
/// unit_generator! {
///     Crusher as "crusher" with CrusherPorts {
///         inp: input;
///         hold: control(8.0, 1.0..=64.0).unit("frames").smooth(0);
///         out: output;
///     }
/// }
///
/// let mut session = Session::new();
/// session.register(kind::<Crusher>()); // So that scores can name it; or from Rust:
/// let mut edit = session.edit()?;
/// let input = edit.add("input", sorl_graph::graph::HostInput)?;
/// let crusher = edit.add("crusher", kind::<Crusher>())?;
/// edit.wire(input >> crusher.inp())?;
/// edit.set(crusher.hold(), 20.0)?;
/// edit.wire(crusher >> out(1))?;
/// edit.commit(When::Now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! unit_generator {
    (
        $(#[$doc:meta])*
        $vis:vis $type:ident as $name:literal with $ports:ident
            $(, $what:ident ( $say:expr ) )* {
            $( $port:ident : $kind:ident
               $( ( $init:expr, $range:expr ) $( . $method:ident ( $($arg:expr),* ) )* )? ; )*
        }
    ) => {
        impl $crate::ugen::Generator for $type {
            fn description() -> $crate::ugen::Description {
                let mut about = $crate::ugen::Description::new($name);
                about.outputs = 0;
                $(
                    about = $crate::unit_generator!(
                        @describe about $port $kind $( ($init, $range) $( . $method ( $($arg),* ) )* )?
                    );
                )*
                about
            }
            fn make(rate: u32, seed: u64) -> Self {
                <$type>::new(rate, seed)
            }
            fn run(&mut self, io: &mut $crate::ugen::UnitIo<'_>) {
                let mut ports = io.ports();
                let outcome = <$type>::process(self, $( $crate::unit_generator!(@take ports $kind) ),*);
                $crate::ugen::Outcome::tell(outcome, io);
            }
            fn restart(&mut self) {
                <$type>::reset(self);
            }
            $( $crate::unit_generator!(@say $what $say); )*
        }

        #[doc = concat!("The ports of a node that is a `", stringify!($type), "`.")]
        $(#[$doc])*
        $vis trait $ports: Copy {
            $( $crate::unit_generator!(@declare $port $kind); )*
        }
        impl $ports for $crate::graph::Node<$type> {
            $( $crate::unit_generator!(@define $port $kind); )*
        }
    };

    (@say latency $say:expr) => {
        fn latency(rate: u32) -> u32 {
            let say: fn(u32) -> u32 = $say;
            say(rate)
        }
    };
    (@say tail $say:expr) => {
        fn tail(rate: u32) -> $crate::ugen::Tail {
            let say: fn(u32) -> $crate::ugen::Tail = $say;
            say(rate)
        }
    };

    (@describe $about:ident $port:ident input) => { $about.input(stringify!($port)) };
    (@describe $about:ident $port:ident sides) => { $about.input(stringify!($port)) };
    (@describe $about:ident $port:ident output) => {{ $about.outputs += 1; $about }};
    (@describe $about:ident $port:ident control
        ($init:expr, $range:expr) $( . $method:ident ( $($arg:expr),* ) )*) => {{
        let range: ::std::ops::RangeInclusive<f32> = $range;
        let control = $crate::signal::Control::new(stringify!($port), $init, *range.start(), *range.end());
        $about.control(control $( . $method ( $($arg),* ) )*)
    }};

    (@take $ports:ident input) => { $ports.input() };
    (@take $ports:ident sides) => { $ports.sides() };
    (@take $ports:ident output) => { $ports.output() };
    (@take $ports:ident control) => { $ports.control() };

    (@declare $port:ident sides) => { $crate::unit_generator!(@declare $port input); };
    (@define $port:ident sides) => { $crate::unit_generator!(@define $port input); };
    (@declare $port:ident input) => {
        #[doc = concat!("The input `", stringify!($port), "`.")]
        fn $port(self) -> $crate::graph::Input<'static>;
    };
    (@declare $port:ident control) => {
        #[doc = concat!("The control `", stringify!($port), "`.")]
        fn $port(self) -> $crate::graph::Control<'static>;
    };
    (@declare $port:ident output) => {};
    (@define $port:ident input) => {
        fn $port(self) -> $crate::graph::Input<'static> { self.input(stringify!($port)) }
    };
    (@define $port:ident control) => {
        fn $port(self) -> $crate::graph::Control<'static> { self.control(stringify!($port)) }
    };
    (@define $port:ident output) => {};
}
