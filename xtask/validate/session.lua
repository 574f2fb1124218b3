-- A session with Sorl on a MIDI track, for `ardour_host.py`: ardourN-lua session.lua FOLDER NAME RATE
local folder, name, rate = arg[1], arg[2], tonumber(arg[3])
local backend = AudioEngine:set_backend("None (Dummy)", "", "")
backend:set_sample_rate(rate)
local session = create_session(folder, name, rate)
assert(session, "no session")

for plugin in ARDOUR.LuaAPI.list_plugins():iter() do
  if plugin.type == ARDOUR.PluginType.VST3 then print("plugin", plugin.name) end
end

local info = ARDOUR.LuaAPI.new_plugin_info("Sorl", ARDOUR.PluginType.VST3)
assert(not info:isnil(), "Sorl is not among the plugins")
local midi = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
local audio = ARDOUR.ChanCount(ARDOUR.DataType("audio"), 2)
local tracks = session:new_midi_track(midi, audio, true, info, nil, nil, 1, "Sorl",
  ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
for track in tracks:iter() do
  print("track", track:name(), track:nth_plugin(0):display_name())
end

local effect = ARDOUR.LuaAPI.new_plugin(session, "Sorl FX", ARDOUR.PluginType.VST3, "")
print("effect", effect:isnil() and "none" or effect:display_name())

assert(session:save_state("", false, false, false, false, false) == 0, "the session is not saved")
close_session()
