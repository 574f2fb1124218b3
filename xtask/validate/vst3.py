"""The little of VST3 that is needed to hand a plugin a preset: its class and the file's layout."""

import ctypes
import struct
import sys
import uuid
from pathlib import Path

# The places of two functions in the table of `IPluginFactory`, after the three of `FUnknown`.
COUNT_CLASSES, GET_CLASS_INFO = 4, 5


class ClassInfo(ctypes.Structure):
    """`PClassInfo` of the VST3 interfaces."""

    _fields_ = [
        ("cid", ctypes.c_uint8 * 16),
        ("cardinality", ctypes.c_int32),
        ("category", ctypes.c_char * 32),
        ("name", ctypes.c_char * 64),
    ]


def classes(library: Path) -> list[tuple[str, bytes]]:
    """Names and ids of the plugins in a library, in its own order: hosts open the first one."""
    module = ctypes.CDLL(str(library))
    module.GetPluginFactory.restype = ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))
    factory = module.GetPluginFactory()
    this, table = ctypes.cast(factory, ctypes.c_void_p), factory[0]
    count = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(table[COUNT_CLASSES])
    get_info = ctypes.CFUNCTYPE(
        ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.POINTER(ClassInfo)
    )(table[GET_CLASS_INFO])

    found = []
    for index in range(count(this)):
        info = ClassInfo()
        if get_info(this, index, ctypes.byref(info)) == 0:
            found.append((info.name.decode(), bytes(info.cid)))
    return found


def preset(class_id: bytes, component: bytes) -> bytes:
    """A `.vstpreset` file that holds a component's state."""
    # Windows keeps the id in the order of a GUID, the file is the same everywhere.
    order = "bytes_le" if sys.platform == "win32" else "bytes"
    name = uuid.UUID(**{order: class_id}).hex.upper().encode()
    start = 48
    header = struct.pack("<4si32sq", b"VST3", 1, name, start + len(component))
    return header + component + struct.pack("<4si4sqq", b"List", 1, b"Comp", start, len(component))
