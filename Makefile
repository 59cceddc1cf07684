# SPDX-License-Identifier: GPL-2.0-only
#
# What can be made here; "make help" lists it.  All results go to build/, the kernels of the test
# matrix and other things worth keeping to a cache outside the tree (make distclean says where).

prefix ?= /usr/local
DESTDIR ?=
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -dv /usr/src/linux-headers-*-amd64 2> /dev/null | tac))

export KDIR

build := $(CURDIR)/build
vm_programs := $(patsubst tests/vm/programs/%.c,$(build)/vm/programs/%, \
	$(wildcard tests/vm/programs/*.c))

.PHONY: all
all: module user ## build module, library and tools (KDIR=kernel build directory)

.PHONY: module
module: ## build tux.ko into build/module/kernel
	@tests/vm/build-module --kdir "$(KDIR)"

.PHONY: user
user: ## build libtux, tuxctl and tuxd into build/user
	@mkdir -p $(build)/user
	@$(MAKE) --no-print-directory -C libtux O=$(build)/user

.PHONY: vm-programs
vm-programs: user $(vm_programs) ## build the C programs that VM cases use

# A program may use the library through its header, found beside itself when it runs.
$(build)/vm/programs/%: tests/vm/programs/%.c include/uapi/linux/tux.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g -Wall -Wextra -Iinclude/uapi -Ilibtux/include -pthread -o $@ $< \
		-L$(build)/user -ltux -Wl,-rpath,$(build)/user
