#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The EFI images as files: what firmware, shim, systemd-boot and sbsign demand of them, and what the build refuses.

Everything is built from copies of the sources, so the working tree is neither needed nor touched.
Run: /usr/bin/python3 -m pytest tests/image (Debian: python3-pytest, python3-pefile, sbsigntool, clang)
Sources: PE format (Microsoft), UEFI CA memory mitigation requirements, SBAT.md (shim), os-release(5), UAPI.5.
"""
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pefile
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = 0x1000
EXECUTE, READ, WRITE = 0x20000000, 0x40000000, 0x80000000
NX_COMPAT = 0x0100
SUBSYSTEM = {"bootpilotx64.efi": 10, "bootpilot-driverx64.efi": 11}  # application, boot service driver
IMAGES = list(SUBSYSTEM)

pytestmark = pytest.mark.skipif(os.uname().machine != "x86_64", reason="only x86_64 images are built today")


def copy_sources(to):
    to.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", to)
    for room in ("build", "efi", "shared", "tools"):
        if (ROOT / room).is_dir():
            shutil.copytree(ROOT / room, to / room, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def make(where, *arguments, environment=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "CONFIG", "GNUEFI")) and k != "MFLAGS"}
    clean.update(environment or {})
    return subprocess.run(["make", "-j2", *arguments], cwd=where, env=clean, text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def built(where, *arguments, environment=None):
    run = make(where, *arguments, environment=environment)
    assert run.returncode == 0, f"make {' '.join(arguments)} failed:\n{run.stdout[-4000:]}"
    return where


def sections(path):
    """The contents of each section as they are in memory: what the file does not store is zero."""
    pe = pefile.PE(str(path))
    return {s.Name.rstrip(b"\0").decode(): pe.__data__[s.PointerToRawData:s.PointerToRawData + s.SizeOfRawData]
            [:s.Misc_VirtualSize].ljust(s.Misc_VirtualSize, b"\0") for s in pe.sections}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return built(copy_sources(tmp_path_factory.mktemp("image") / "source"), "efi", "WERROR=1")


@pytest.fixture(params=IMAGES)
def image(tree, request):
    return tree / "out" / request.param


@pytest.fixture
def pe(image):
    return pefile.PE(str(image))


@pytest.fixture
def spare(tree, tmp_path):
    """A built tree that a test may spoil."""
    shutil.copytree(tree, tmp_path / "spare", symlinks=True, copy_function=shutil.copy2)
    return tmp_path / "spare"


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


def test_it_has_at_most_48_kib(image):
    assert image.stat().st_size <= 48 * 1024, f"{image.name} has {image.stat().st_size} bytes"


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


# --- The build ---

def test_signing_gives_no_warning(spare):
    built(spare, "keys")
    run = make(spare, "sign", "DB_KEY=out/keys/db.key", "DB_CERT=out/keys/db.crt")
    assert run.returncode == 0 and "warning" not in run.stdout.lower(), f"sbsign is not content:\n{run.stdout}"
    for name in IMAGES:
        signed = spare / "out" / f"{name}.signed"
        check = subprocess.run(["sbverify", "--cert", spare / "out/keys/db.crt", signed], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert check.returncode == 0 and "warning" not in check.stdout.lower(), f"sbverify: {check.stdout}"
        assert sections(signed) == sections(spare / "out" / name), f"signing changed the sections of {name}"


def test_sign_without_keys_says_what_is_missing(spare):
    run = make(spare, "sign")
    assert run.returncode != 0 and "DB_KEY" in run.stdout, f"no clear message:\n{run.stdout}"


def test_the_build_is_reproducible(tree, tmp_path):
    other = copy_sources(tmp_path / "elsewhere" / "in-a-longer-path" / "source")
    mask = os.umask(0o077)
    try:
        built(other, "efi", environment={"TZ": "Asia/Tokyo", "LC_ALL": "C", "CFLAGS": "-O0 -fstack-protector-strong",
                                         "LDFLAGS": "-Wl,-z,relro", "SOURCE_DATE_EPOCH": "1"})
    finally:
        os.umask(mask)
    for name in IMAGES:
        same = (tree / "out" / name).read_bytes() == (other / "out" / name).read_bytes()
        assert same, f"{name} differs when it is built in another directory and environment"


def test_clang_builds_it_too(tmp_path):
    if not shutil.which("clang"):
        pytest.skip("clang is not installed")
    other = built(copy_sources(tmp_path / "clang"), "efi", "CC=clang", "WERROR=1")
    assert_memory_does_not_call_itself(other)
    for name in IMAGES:
        odd = oddities(other / "out" / name)
        assert not odd, f"pefile warns about clang's {name}: {odd}"
        assert (other / "out" / name).stat().st_size <= 52 * 1024, f"clang's {name} has more than 52 KiB"


def assert_memory_does_not_call_itself(where):
    listing = subprocess.run(["objdump", "-dr", where / "out/obj/efi/efi/memory.o"], text=True, check=True,
                             stdout=subprocess.PIPE).stdout
    calls = re.findall(r"R_X86_64_\w+\s+(mem\w+)", listing)
    assert not calls, f"efi/memory.c was compiled into calls of {set(calls)}: they would never return"


def test_memory_functions_are_loops(tree):
    assert_memory_does_not_call_itself(tree)


def test_code_was_compiled_for_firmware(tree):
    for path in sorted((tree / "out/obj/efi").rglob("*.o")):
        switches = subprocess.run(["readelf", "-p", ".GCC.command.line", path], text=True, check=True,
                                  stdout=subprocess.PIPE).stdout
        for flag in ("-mgeneral-regs-only", "-mno-red-zone", "-fno-stack-protector", "-fshort-wchar", "-ffreestanding"):
            assert flag in switches, f"{path.name} was compiled without {flag}"


def test_config_arrives_in_both_images(spare, tmp_path):
    config = tmp_path / "fleet.cfg"
    config.write_bytes(b"active  fleet-a*\nreset-limit 2\n# \xc3\xa9\n")
    built(spare, "efi", f"CONFIG={config}")
    for name in IMAGES:
        found = sections(spare / "out" / name)[".bpcfg"]
        assert found == config.read_bytes().ljust(4096, b"\0"), f".bpcfg of {name} does not hold the file"
    built(spare, "efi")
    assert sections(spare / "out" / IMAGES[0])[".bpcfg"].startswith(b"active"), "a make without CONFIG= forgot it"
    built(spare, "efi", "CONFIG=")
    assert sections(spare / "out" / IMAGES[0])[".bpcfg"] == bytes(4096), "CONFIG= did not empty the configuration"


@pytest.mark.parametrize("content, word", [(b"a" * 4096, "4095"), (b"a\0b", "NUL"), (None, "cannot be read")])
def test_a_config_that_cannot_be_carried_is_refused(spare, tmp_path, content, word):
    config = tmp_path / "bad.cfg"
    if content is not None:
        config.write_bytes(content)
    run = make(spare, "efi", f"CONFIG={config}")
    assert run.returncode != 0 and word in run.stdout, f"no message with '{word}':\n{run.stdout}"


def test_the_largest_config_fits(spare, tmp_path):
    config = tmp_path / "large.cfg"
    config.write_bytes(b"#" * 4095)
    built(spare, "efi", f"CONFIG={config}")
    assert sections(spare / "out" / IMAGES[0])[".bpcfg"] == b"#" * 4095 + b"\0", "4095 bytes did not arrive whole"


# Sources that would build and then misbehave in firmware, and the word that the build must say. A section that is kept
# anyway stands for code that is reached.
KEPT = '__attribute__((used, section(".osrel"))) '
SPOILS = {
    "shared/ calls libc": (
        "shared/spoil.c", "int puts(const char *); int spoil(void); int spoil(void) { return puts(\"\"); }",
        "shared/ must not use puts"),
    "a function that nobody has": (
        "efi/spoil.c", f"int missing(void); {KEPT} int (*const spoiled)(void) = missing;", "missing"),
    "a symbol left for a dynamic linker": (
        "efi/spoil.c", "extern int absent __attribute__((weak)); int *spoil(void); int *spoil(void) { return &absent; }"
        f"{KEPT} int *(*const spoiled)(void) = spoil;", "spoil"),
    "an address in read-only memory": (
        "efi/spoil.c", '__asm__(".section .osrel,\\"a\\"\\n.quad efi_main\\n");', "read-only"),
    "a table of pointers": (
        "efi/spoil.c", f'static const char *const words[] = {{ "a", "b" }}; {KEPT} const unsigned long spoiled = 1;'
        ' const char *spoil(int i); const char *spoil(int i) { return words[i]; }'
        f' __attribute__((used, retain)) static const char *kept(volatile int *i) {{ return spoil(*i); }}', "words"),
    "a variable": (
        "efi/spoil.c", "__attribute__((used, retain)) static int spoiled;", ".data"),
    "a section that nobody listed": (
        "efi/spoil.c", '__attribute__((used, retain, section(".stray"))) static int spoiled = 1;', ".stray"),
    "a constructor": (
        "efi/spoil.c", "static volatile int ran; __attribute__((constructor)) static void spoil(void) { ran = 1; }",
        "constructor"),
}


@pytest.mark.parametrize("what", SPOILS)
def test_the_build_refuses(spare, what):
    path, source, word = SPOILS[what]
    (spare / path).write_text(source + "\n")
    run = make(spare, "efi")
    assert run.returncode != 0, f"the build accepted {what}"
    assert word in run.stdout, f"the message does not say '{word}':\n{run.stdout}"
