#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The EFI images as files: what firmware, shim, systemd-boot and sbsign demand of them, whichever compiler made them, and with
the headers of Debian 13's gnu-efi as with this machine's (Debian 12 has 3.0.15).

Run: /usr/bin/python3 -m pytest -rs tests/image/test_image.py (Debian: python3-pytest, python3-pefile, clang, gnu-efi; Debian 13's
gnu-efi is fetched with apt into out/loaders, once, and never installed)
Sources: PE format (Microsoft), UEFI CA memory mitigation requirements, SBAT.md (shim), os-release(5), UAPI.5.
"""
import re
import shutil
import struct
import subprocess
import sys
import tarfile

import pefile
import pytest

from building import IMAGES, ONLY_X64, ROOT, SUBSYSTEM, built, copy_sources, sections

sys.path.insert(0, str(ROOT / "ovmf-test"))
from bootpilot_ovmf import loaders, paths  # noqa: E402  (what fetches packages lies in the room of the firmware tests)

PAGE = 0x1000
EXECUTE, READ, WRITE = 0x20000000, 0x40000000, 0x80000000
NX_COMPAT = 0x0100
NEWER = "gnu-efi of Debian 13"
KIB = {"gcc": 48, "clang": 52}  # the images that are released are gcc's

pytestmark = pytest.mark.skipif(ONLY_X64[0], reason=ONLY_X64[1])


@pytest.fixture(scope="module", params=["gcc", "clang", f"gcc, {NEWER}", f"clang, {NEWER}"])
def build(request, tmp_path_factory):
    """(where it was built, the compiler, whether the headers were the newer ones)"""
    compiler, _, newer = request.param.partition(", ")
    if not shutil.which(compiler):
        pytest.skip(f"{compiler} is not installed")
    where = copy_sources(tmp_path_factory.mktemp("image") / "source")
    variables = newer_gnuefi(where / "gnu-efi") if newer else []
    return built(where, "efi", "WERROR=1", f"CC={compiler}", *variables), compiler, bool(newer)


def newer_gnuefi(to):
    """Unpacks Debian 13's gnu-efi and gives make's variables for it."""
    packed = f"{paths.LOADERS}/gnu-efi-trixie.tar"
    try:
        loaders.fetch_once("trixie", "gnu-efi", None, packed)
    except (loaders.Unavailable, OSError) as error:
        pytest.skip(f"{NEWER} cannot be fetched: {error}")
    with tarfile.open(packed) as tar:
        tar.extractall(to, [member for member in tar if member.isreg()])
    version = re.search(r"^Version: (.*)", (to / "usr/lib/pkgconfig/gnu-efi.pc").read_text(), re.M)[1]
    assert version >= "3.0.18", f"{NEWER} is {version}"
    return [f"GNUEFI_INC={to}/usr/include/efi", f"GNUEFI_LIB={to}/usr/lib"]


@pytest.fixture
def tree(build):
    return build[0]


@pytest.fixture(params=IMAGES)
def image(tree, request):
    return tree / "out" / request.param


@pytest.fixture
def pe(image):
    return pefile.PE(str(image))


# --- The headers, as firmware reads them ---

def test_the_subsystem_is_that_of_its_berth(image, pe):
    found, wanted = pe.OPTIONAL_HEADER.Subsystem, SUBSYSTEM[image.name]
    assert found == wanted, f"{image.name} has subsystem {found}, firmware would not treat it as {wanted}"


def test_the_machine_is_x64(pe):
    assert pe.FILE_HEADER.Machine == 0x8664, f"the image is for machine {pe.FILE_HEADER.Machine:#x}, not x64"


def oddities(path):
    """Warnings of pefile, but for two that hold for every small image: many zeros, relocation entries that only pad."""
    return [w for w in pefile.PE(str(path)).get_warnings()
            if "Byte 0x00 makes up" not in w and "Overlapping offsets in relocation data" not in w]


def test_pefile_finds_nothing_odd(image):
    assert not oddities(image), f"pefile warns: {oddities(image)}"


def test_each_section_starts_on_its_own_page(pe):
    assert pe.OPTIONAL_HEADER.SectionAlignment == PAGE, "SectionAlignment is not a page: permissions cannot be set"
    for s in pe.sections:
        assert s.VirtualAddress > 0, f"{s.Name} lies over the PE header"
        assert s.VirtualAddress % PAGE == 0, f"{s.Name} starts at {s.VirtualAddress:#x}, in the middle of a page"


def test_sections_ascend_and_do_not_overlap(pe):
    end = pe.OPTIONAL_HEADER.SizeOfHeaders
    for s in pe.sections:
        assert s.VirtualAddress >= end, f"{s.Name} starts at {s.VirtualAddress:#x}, before {end:#x} where another ends"
        end = s.VirtualAddress + s.Misc_VirtualSize
    assert end <= pe.OPTIONAL_HEADER.SizeOfImage, "the last section ends behind SizeOfImage"


def test_sections_lie_inside_the_file(image, pe):
    size = image.stat().st_size
    for s in pe.sections:
        end = s.PointerToRawData + s.SizeOfRawData
        assert end <= size, f"{s.Name} reaches to {end}, the file ends at {size}"
        whole = s.SizeOfRawData >= s.Misc_VirtualSize or s.Name.rstrip(b"\0") == b".bpcfg"
        assert whole, f"{s.Name} has memory without contents: the program has no variables"


def test_the_entry_point_is_code(pe):
    entry = pe.OPTIONAL_HEADER.AddressOfEntryPoint
    home = [s for s in pe.sections if s.VirtualAddress <= entry < s.VirtualAddress + s.Misc_VirtualSize]
    assert home and home[0].Characteristics & EXECUTE, f"the entry point {entry:#x} is not in an executable section"


def test_nothing_is_writable(pe):
    """More than strict firmware asks for, which refuses what is writable and executable at once."""
    for s in pe.sections:
        assert not s.Characteristics & WRITE, f"{s.Name} is writable"


@pytest.mark.parametrize("name, wanted", [
    (".text", READ | EXECUTE), (".rodata", READ), (".sbat", READ), (".osrel", READ), (".reloc", READ), (".bpcfg", READ),
])
def test_permissions(pe, name, wanted):
    found = [s.Characteristics & (READ | WRITE | EXECUTE) for s in pe.sections if s.Name.rstrip(b"\0") == name.encode()]
    assert found == [wanted], f"{name} should exist once with permissions {wanted:#x}, found {[hex(f) for f in found]}"


def test_nx_compat_is_set(pe):
    assert pe.OPTIONAL_HEADER.DllCharacteristics & NX_COMPAT, "NX_COMPAT is not set: firmware may refuse the image"


def test_exactly_one_reloc_section_and_the_directory_names_it(pe):
    relocs = [s for s in pe.sections if s.Name.rstrip(b"\0") == b".reloc"]
    assert len(relocs) == 1, f"there are {len(relocs)} sections .reloc"
    entry = pe.OPTIONAL_HEADER.DATA_DIRECTORY[5]
    assert entry.VirtualAddress == relocs[0].VirtualAddress, "directory 5 does not name .reloc"
    assert entry.Size == relocs[0].Misc_VirtualSize, "directory 5 has another size than .reloc"
    assert not pe.FILE_HEADER.Characteristics & 1, "RELOCS_STRIPPED is set: firmware could not move the image"


def test_reloc_blocks_are_ones_that_firmware_accepts(image, pe):
    data, at = sections(image)[".reloc"], 0
    while at < len(data):
        page, size = struct.unpack_from("<II", data, at)
        assert 8 <= size <= len(data) - at and size % 4 == 0, f"a relocation block has the impossible size {size}"
        assert page < pe.OPTIONAL_HEADER.SizeOfImage, f"a relocation block is for {page:#x}, outside the image"
        at += size


def test_no_symbol_table_is_left(pe):
    assert pe.FILE_HEADER.NumberOfSymbols == 0 and pe.FILE_HEADER.PointerToSymbolTable == 0, "symbols are left"


def test_time_stamp_and_checksum_are_zero(pe):
    assert pe.FILE_HEADER.TimeDateStamp == 0, "the time stamp is set: builds are not reproducible"
    assert pe.OPTIONAL_HEADER.CheckSum == 0, "the checksum is set"


def test_it_is_small(image, build):
    assert image.stat().st_size <= KIB[build[1]] * 1024, f"{image.name} has {image.stat().st_size} bytes"


# --- The sections that others read ---

def version():
    return re.search(r"^VERSION\s*=\s*(\S+)", (ROOT / "Makefile").read_text(), re.M).group(1)


def test_sbat_is_what_shim_expects(image):
    text = sections(image)[".sbat"].decode("ascii")
    assert text.endswith("\n") and "\0" not in text, ".sbat is not lines of text"
    rows = [line.split(",") for line in text.splitlines()]
    assert rows[0] == ["sbat", "1", "SBAT Version", "sbat", "1", "https://github.com/rhboot/shim/blob/main/SBAT.md"]
    assert len(rows) == 2 and len(rows[1]) == 6, f".sbat should have one row of six fields for us: {rows[1:]}"
    assert rows[1][0] == "bootpilot" and int(rows[1][1]) >= 1, f"component or generation is wrong: {rows[1]}"
    assert rows[1][4] == version(), f".sbat says version {rows[1][4]}, the Makefile {version()}"


def test_osrel_is_what_systemd_boot_lists(image):
    text = sections(image)[".osrel"].decode("ascii")
    assert text.endswith("\n") and "\0" not in text, ".osrel is not lines of text"
    fields = {k: v.strip('"') for k, v in (line.split("=", 1) for line in text.splitlines())}
    assert fields == {"ID": "bootpilot", "NAME": "Bootpilot", "PRETTY_NAME": "Bootpilot", "VERSION_ID": version()}


def test_bootctl_finds_out_whose_loader_it_is(image):
    marks = re.findall(rb"#### LoaderInfo: (.*?) ####", image.read_bytes())
    assert marks == [f"bootpilot {version()}".encode()], f"the mark for bootctl is {marks}"


def test_bpcfg_is_one_empty_page(image):
    assert sections(image)[".bpcfg"] == bytes(4096), ".bpcfg should be 4096 zero bytes without CONFIG="


def test_only_known_sections(image):
    known = {".text", ".rodata", ".sbat", ".osrel", ".reloc", ".bpcfg"}
    assert set(sections(image)) == known, f"sections differ: {set(sections(image)) ^ known}"


def test_the_two_images_differ_in_the_subsystem_alone(tree):
    first, second = ((tree / "out" / name).read_bytes() for name in IMAGES)
    at = [i for i, (a, b) in enumerate(zip(first, second)) if a != b]
    pe_header = struct.unpack_from("<I", first, 0x3C)[0]
    assert len(first) == len(second) and at == [pe_header + 24 + 68], f"the images differ at {at[:8]}"


# --- The objects that they are made of ---

def test_memory_functions_are_loops(tree):
    listing = subprocess.run(["objdump", "-dr", tree / "out/obj/efi/efi/memory.o"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout
    calls = re.findall(r"R_X86_64_\w+\s+(mem\w+)", listing)
    assert not calls, f"efi/memory.c was compiled into calls of {set(calls)}: they would never return"


def test_code_was_compiled_for_firmware(tree):
    for path in sorted((tree / "out/obj/efi").rglob("*.o")):
        switches = subprocess.run(["readelf", "-p", ".GCC.command.line", path], text=True, check=True,
                                  stdout=subprocess.PIPE).stdout
        words = switches.split()
        for flag in ("-mgeneral-regs-only", "-mno-red-zone", "-fno-stack-protector", "-fshort-wchar", "-ffreestanding",
                     "-fno-strict-aliasing"):
            assert flag in words, f"{path.name} was compiled without {flag}"
        assert {"-fpic", "-fPIC"} & set(words), f"{path.name} was not compiled to lie anywhere"
        assert not {"-fstack-protector-strong", "-fcf-protection"} & set(words), f"{path.name} needs what firmware has not"


def readelf(tree, *options):
    return subprocess.run(["readelf", "-W", *options, tree / "out/obj/bootpilot.so"], text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def test_nothing_is_left_to_relocate_or_resolve(tree):
    assert not re.findall(r"R_X86_64_\w+", readelf(tree, "-r")), "an address would have to be relocated"
    undefined = re.findall(r" UND (\S+)", readelf(tree, "-s"))
    assert not undefined, f"nothing will resolve {undefined}"
    wrong = set(re.findall(r"NEEDED|TEXTREL|JMPREL|INIT\w*|FINI\w*", readelf(tree, "-d")))
    assert not wrong, f"a dynamic linker would be needed: {wrong}"


def test_no_segment_is_writable_and_executable(tree):
    """The stack is one."""
    flags = re.findall(r"^ +(?:LOAD|GNU_STACK)(?: +0x[0-9a-f]+){5} ([RWE ]{3})", readelf(tree, "-l"), re.M)
    assert len(flags) >= 3 and not [one for one in flags if "W" in one and "E" in one], f"segments: {flags}"


def test_everything_in_it_is_our_own(tree):
    """Of gnu-efi it uses the headers alone. Its start code would read variables and ask for protocols before ours runs."""
    own = {name for path in (tree / "out/obj/efi").rglob("*.o") for name in defined(path)}
    foreign = set(defined(tree / "out/obj/bootpilot.so")) - own - {"ImageBase", "_DYNAMIC"}
    assert "efi_start" in own and not foreign, f"not from efi/ or shared/: {foreign}"


def defined(path):
    listing = subprocess.run(["nm", "--defined-only", path], text=True, check=True, stdout=subprocess.PIPE).stdout
    return re.findall(r"^[0-9a-f]+ \w (\S+)$", listing, re.M)


def test_its_headers_are_those_that_were_asked_for(tree, build):
    used = b"gnu-efi/usr/include/efi" in (tree / "out/obj/efi/efi/main.o").read_bytes()
    assert used == build[2], "the build looked at other headers of gnu-efi than make was told"
