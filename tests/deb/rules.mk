# SPDX-License-Identifier: Apache-2.0
# Packages for Debian and Ubuntu, and their test. They are built from a copy, so that nothing of this tree's $(OUT) gets into them.
DEB_TREE = $(OUT)/deb/bootpilot-$(VERSION)

.PHONY: deb deb-test
deb:                            ## out/deb/*.deb: bootpilot and bootpilot-efi, unsigned
	$(call need,dh,debhelper)
	$(call need,dpkg-buildpackage,dpkg-dev)
	@rm -rf $(OUT)/deb && mkdir -p $(DEB_TREE)
	@cp -r LICENSE Makefile README.md build debian efi shared tools $(DEB_TREE)/
	@find $(DEB_TREE) -name __pycache__ -prune -exec rm -rf {} +
	$(call say,DEB,$(DEB_TREE))cd $(DEB_TREE) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u LDFLAGS -u OUT \
		$(if $(CONFIG),CONFIG='$(abspath $(CONFIG))') dpkg-buildpackage -b -us -uc >../build.log 2>&1 || { tail -40 ../build.log >&2; exit 1; }
	@ls $(OUT)/deb/*.deb

deb-test:                       ## the packages: alike twice, lintian, installed and purged in a clean chroot
	tests/deb/run
