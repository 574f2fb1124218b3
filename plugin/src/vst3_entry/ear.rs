//! How a VST3 host hears that there is something to save, and of other names.

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::{
    IComponentHandler, IComponentHandler2, IComponentHandler2Trait, IComponentHandlerTrait,
    RestartFlags_,
};
use nice_plug::wrapper::vst3::vst3::Steinberg::{int32, kResultOk};
use nice_plug::wrapper::vst3::vst3::{ComPtr, ComRef};

use crate::desk::Word;

/// The host, as far as it wants to hear.
pub(super) struct Ear {
    handler: ComPtr<IComponentHandler>,
    more: Option<ComPtr<IComponentHandler2>>,
}

// SAFETY: counting references is safe on every thread, as VST3 wants of all its objects; the host is told where the
// framework tells it of the editor's gestures, on the thread of the editor's window.
unsafe impl Send for Ear {}
// SAFETY: as above.
unsafe impl Sync for Ear {}

impl Ear {
    /// The ear of a host that has one.
    ///
    /// # Safety
    /// `handler` is null or the host's.
    pub(super) unsafe fn of(handler: *mut IComponentHandler) -> Option<Ear> {
        // SAFETY: as the caller promises.
        let handler = unsafe { ComRef::from_raw(handler) }?;
        Some(Ear {
            handler: handler.to_com_ptr(),
            more: handler.cast(),
        })
    }

    /// Tells the host. Whether it took note.
    pub(super) fn hears(&self, word: Word) -> bool {
        // SAFETY: the objects are there as long as they are counted.
        unsafe {
            match (word, &self.more) {
                (Word::Changed, Some(more)) => more.setDirty(1) == kResultOk,
                (Word::Changed, None) => false,
                (Word::Names, _) => {
                    let titles = RestartFlags_::kParamTitlesChanged;
                    self.handler.restartComponent(titles as int32) == kResultOk
                }
            }
        }
    }
}
