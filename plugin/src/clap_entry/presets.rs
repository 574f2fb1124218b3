//! What a CLAP host lists in its browser: the presets in this library, and the folder of the user's.
//!
//! Hosts ask on any thread, and while they scan: nothing is evaluated here, only the comments of scores are read.

use std::ffi::{CStr, CString, c_void};
use std::path::Path;
use std::sync::OnceLock;

use clack_extensions::preset_discovery::factory::{
    PresetDiscoveryFactory, PresetDiscoveryFactoryImpl, PresetDiscoveryFactoryWrapper,
};
use clack_extensions::preset_discovery::indexer::{Indexer, IndexerInfo};
use clack_extensions::preset_discovery::metadata_receiver::MetadataReceiver;
use clack_extensions::preset_discovery::preset_data::{FileType, Flags, Location, LocationInfo};
use clack_extensions::preset_discovery::provider::{
    ProviderDescriptor, ProviderImpl, ProviderInstance,
};
use clack_plugin::factory::{Factory, FactoryImplementation};
use clack_plugin::prelude::PluginError;
use clack_plugin::utils::UniversalPluginId;

use crate::presets::{self, Preset, Shelf};
use crate::{Effect, Instrument, Kind};

/// The provider's id, fixed for ever.
const ID: &str = "org.sorl.presets";

/// The factory of this name, if it is one of presets, else null.
pub fn factory(id: &CStr) -> *const c_void {
    static LIST: OnceLock<PresetDiscoveryFactoryWrapper<List>> = OnceLock::new();
    if !PresetDiscoveryFactory::IDENTIFIERS.contains(&id) {
        return std::ptr::null();
    }
    let list = LIST.get_or_init(|| {
        let descriptor = ProviderDescriptor::new(ID, "Sorl").with_vendor("Sorl");
        PresetDiscoveryFactoryWrapper::new(List(descriptor))
    });
    list.wrapper().as_raw_ptr().cast()
}

struct List(ProviderDescriptor);

impl PresetDiscoveryFactoryImpl for List {
    fn provider_count(&self) -> u32 {
        1
    }

    fn provider_descriptor(&self, index: u32) -> Option<&ProviderDescriptor> {
        (index == 0).then_some(&self.0)
    }

    fn create_provider<'a>(
        &'a self,
        indexer: IndexerInfo<'a>,
        id: &CStr,
    ) -> Option<ProviderInstance<'a>> {
        let known = self.0.id() == Some(id);
        known.then(|| ProviderInstance::new(indexer, &self.0, declare))
    }
}

/// Tells the host where presets are.
fn declare(mut indexer: Indexer<'_>) -> Result<Reader, PluginError> {
    indexer.declare_filetype(FileType {
        name: c"Sorl score",
        description: Some(c"A score of Sorl"),
        file_extension: Some(c"sorl"),
    })?;
    indexer.declare_location(LocationInfo {
        name: c"Sorl",
        flags: Flags::IS_FACTORY_CONTENT,
        location: Location::Plugin,
    })?;
    // A folder that is not there would be told as a mistake by some hosts.
    let folder = Shelf::user().filter(|shelf| shelf.folder().is_dir());
    let folder = folder.and_then(|shelf| string(shelf.folder().to_str()?));
    if let Some(path) = &folder {
        indexer.declare_location(LocationInfo {
            name: c"Sorl, your own",
            flags: Flags::IS_USER_CONTENT,
            location: Location::File { path },
        })?;
    }
    Ok(Reader)
}

struct Reader;

impl<'a> ProviderImpl<'a> for Reader {
    fn get_metadata(
        &mut self,
        location: Location<'_>,
        receiver: &mut MetadataReceiver<'_>,
    ) -> Result<(), PluginError> {
        match location {
            Location::Plugin => {
                for preset in presets::factory() {
                    tell(receiver, &preset, true)?;
                }
            }
            Location::File { path } => {
                let path = path.to_str().map_err(|_| unreadable())?;
                let preset = Shelf::open(Path::new(path)).ok_or_else(unreadable)?;
                tell(receiver, &preset, false)?;
            }
        }
        Ok(())
    }
}

fn unreadable() -> PluginError {
    PluginError::Message("this is no score that can be read")
}

fn string(text: &str) -> Option<CString> {
    CString::new(text).ok()
}

fn tell(
    receiver: &mut MetadataReceiver<'_>,
    preset: &Preset,
    in_plugin: bool,
) -> Result<(), PluginError> {
    let name = string(&preset.name).ok_or_else(unreadable)?;
    let key = string(&preset.id).filter(|_| in_plugin);
    let one = receiver.begin_preset(Some(&name), key.as_deref())?;
    let plugin = if preset.is_effect() {
        Effect::CLAP_ID
    } else {
        Instrument::CLAP_ID
    };
    if let Some(id) = string(plugin) {
        one.add_plugin_id(UniversalPluginId::clap(&id));
    }
    one.set_flags(if in_plugin {
        Flags::IS_FACTORY_CONTENT
    } else {
        Flags::IS_USER_CONTENT
    });
    if in_plugin {
        one.add_creator(c"Sorl");
    }
    if let Some(words) = string(&preset.description) {
        one.set_description(&words);
    }
    for word in std::iter::once(&preset.category).chain(&preset.tags) {
        if let Some(word) = string(word) {
            one.add_feature(&word);
        }
    }
    Ok(())
}
