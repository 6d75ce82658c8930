//! The Python module `offhook_engine._native`: shapes only, no logic of its own. What each call means
//! is written in `_native.pyi` and in the Python half.

mod engine;
mod errors;
mod events;
mod legs;
mod recording;
mod source;
mod world;

/// The compiled half of `offhook_engine`.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::errors::{NoSuchLeg, NotPlayable, SdpRefused};
    #[pymodule_export]
    use super::legs::Legs;
    #[pymodule_export]
    use super::source::Source;
    #[pymodule_export]
    use super::world::{SimEngine, World};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
