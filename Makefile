# SPDX-License-Identifier: GPL-2.0-only
#
# What can be made here; "make help" lists it.  Results go to build/; kernels and other things worth
# keeping go to a cache outside the tree ("make distclean" says where).

prefix ?= /usr/local
DESTDIR ?=

# The running kernel's headers if they are there, else the newest installed ones.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -dvr /usr/src/linux-headers-*-amd64 2> /dev/null))

# Parameters of run and vm.
WEBROOT ?= $(CURDIR)/examples/www
PORT ?= 8080
KERNEL ?= 6.1
SYSCTL ?=
MEMORY ?= 2048
MODULES ?=
CMD ?=

# Parameters of the bench: which servers and workloads, and how many runs of each.
SERVERS ?=
WORKLOADS ?=
RUNS ?=

# Parameters of the checks: which kernels, and which VM cases.
KERNELS ?=
CASE ?=
GUEST ?= yes
export KERNELS CASE

# For how long fuzz looks with each target.
SECONDS ?= 60

build := $(CURDIR)/build
modules = $(DESTDIR)/lib/modules/$(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h)
vm_programs := $(patsubst tests/vm/programs/%.c,$(build)/vm/programs/%, \
	$(wildcard tests/vm/programs/*.c))
vm_modules := $(foreach marker,one two,$(patsubst tests/vm/user-modules/%.c, \
	$(build)/vm/user-modules/%-$(marker).so,$(wildcard tests/vm/user-modules/*.c)))

# Building needs few packages, and says in one line which one is missing.
need = @command -v $(1) > /dev/null || \
	{ echo "'$(1)' is missing: apt-get install $(2)" >&2; exit 1; }

# "make run" hands its process over to the server, so that ^C and SIGTERM end in exit status 0; see
# tests/vm/become.c.  Where make cannot load objects, the recipe of run does all but that.
ifeq ($(MAKECMDGOALS)$(findstring n,$(firstword -$(MAKEFLAGS))),run)
become := $(build)/become.so
ifneq ($(filter load,$(.FEATURES)),)
ifeq ($(shell mkdir -p $(build) && $(CC) -shared -fPIC -O1 -o $(become).new tests/vm/become.c && \
	mv $(become).new $(become) && echo built),built)
load $(become)
$(become tests/vm/run-server,--webroot,$(WEBROOT),--port,$(PORT),--kernel,$(KERNEL),\
	--sysctl,$(SYSCTL),--memory,$(MEMORY),--modules,$(MODULES))
endif
endif
endif

.DELETE_ON_ERROR:

.PHONY: all
all: module user examples ## build module, library, tools and examples (KDIR=kernel build directory)

.PHONY: module
module: ## build tux.ko into build/module/kernel
	$(call need,gcc,gcc)
	@[ -e "$(KDIR)/Makefile" ] || { echo "no kernel headers in '$(KDIR)':" \
		"apt-get install linux-headers-amd64, or set KDIR" >&2; exit 1; }
	@tests/vm/build-module --kdir "$(KDIR)"

.PHONY: user
user: ## build libtux, tuxctl and tuxd into build/user
	$(call need,gcc,gcc)
	@[ -e /usr/include/stdio.h ] || \
		{ echo "no C library headers: apt-get install libc6-dev" >&2; exit 1; }
	@mkdir -p $(build)/user
	@$(MAKE) --no-print-directory -C libtux O=$(build)/user

.PHONY: examples
examples: user ## build the example modules into build/modules
	@$(MAKE) --no-print-directory -s -C examples/modules

.PHONY: run
run: ## serve WEBROOT in a guest (PORT=8080 KERNEL=6.1 SYSCTL="net.tux.x=1 ..." MODULES="a.tux ...")
	@exec tests/vm/run-server --webroot '$(subst ','\'',$(WEBROOT))' --port '$(PORT)' \
		--kernel '$(KERNEL)' --sysctl '$(SYSCTL)' --memory '$(MEMORY)' \
		--modules '$(MODULES)'

.PHONY: vm
vm: ## a shell in a guest, or CMD="command" (KERNEL=6.1)
	@tests/setup vm cases
	@exec tests/vm/vm --kernel '$(KERNEL)' $(if $(CMD),-- sh -c '$(subst ','\'',$(CMD))')

.PHONY: check
check: ## what CI runs: all suites, 30 minutes at most (KERNELS="6.1 debug" CASE="pattern")
	@exec tests/check

.PHONY: check-full
check-full: ## every test on every kernel
	@exec tests/check --full

.PHONY: check-style check-unit check-rig check-vm check-debug
check-style: ## only the checks of the source text
check-unit: ## only the unit tests and a short fuzz run
check-rig: ## only the tests of the test rig
check-vm: ## only the VM cases on stock kernels
check-debug: ## only the VM cases on the debug kernel
check-style check-unit check-rig check-vm check-debug: check-%:
	@exec tests/check $*

.PHONY: coverage
coverage: ## which lines and branches the tests run, in build/coverage (CASE="pattern" GUEST=no)
	@tests/setup coverage unit $(if $(filter no,$(GUEST)),,vm debug cases)
	@exec tests/coverage $(if $(filter no,$(GUEST)),--no-guest)

.PHONY: fuzz
fuzz: ## look for new inputs that break the protocol code (SECONDS=60 for each target)
	@tests/setup unit
	@exec $(MAKE) --no-print-directory -C tests/fuzz fuzz SECONDS='$(SECONDS)'

.PHONY: vm-programs
vm-programs: examples $(vm_programs) $(vm_modules) ## build the C programs that VM cases use

$(build)/vm/programs/%: tests/vm/programs/%.c include/uapi/linux/tux.h \
		$(wildcard libtux/include/*.h tests/vm/programs/*.h) | user
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -g -Wall -Wextra -Iinclude/uapi -Ilibtux/include -pthread -o $@ $< \
		-L$(build)/user -ltux -Wl,-rpath,$(build)/user

# User modules for VM cases, each in two versions that tell which they are.
$(build)/vm/user-modules/%-one.so $(build)/vm/user-modules/%-two.so: tests/vm/user-modules/%.c \
		include/uapi/linux/tux.h $(wildcard libtux/include/*.h libtux/include/*/*.h)
	@mkdir -p $(@D)
	for marker in one two; do $(CC) -std=gnu11 -O1 -g -Wall -Wextra -Iinclude/uapi \
		-Ilibtux/include -DMARKER="\"$$marker\"" -shared -fPIC \
		-o $(@D)/$*-$$marker.so $< || exit; done

.PHONY: bench bench-profile
bench: ## what a request costs TUX and others (SERVERS="tux nginx" WORKLOADS="1k 1m" RUNS=3)
	@exec tests/bench/bench --servers '$(SERVERS)' --workloads '$(WORKLOADS)' --runs '$(RUNS)'
bench-profile: ## in which functions TUX spends the instructions of a request (WORKLOADS=16k)
	@exec tests/bench/bench --profile --servers '$(SERVERS)' --workloads '$(WORKLOADS)'

.PHONY: bench-programs
bench-programs: $(addprefix $(build)/bench/,client loop module counter.so \
	$(if $(wildcard /usr/include/liburing.h),uring))

$(build)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -Wall -Wextra -o $@ $<

$(build)/bench/uring: tests/bench/uring.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -o $@ $< -luring

$(build)/bench/module: tests/bench/module.c include/uapi/linux/tux.h user
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -Wall -Wextra -Iinclude/uapi -Ilibtux/include -pthread -o $@ $< \
		$(build)/user/libtux.a

$(build)/bench/%.so: tests/bench/%.c $(wildcard tests/bench/*.h)
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O2 -g -Wall -Wextra -shared -fPIC -fvisibility=hidden -pthread -o $@ $<

.PHONY: kernels
kernels: ## download the newest point releases of the test kernels, and build the debug kernel
	@tests/setup vm debug
	@for kernel in 6.1 6.12 7.2; do tests/vm/fetch-kernel --update $$kernel || exit; done
	@tests/vm/build-debug-kernel

.PHONY: install
install: all ## install everything (DESTDIR= prefix=/usr/local)
	$(MAKE) -C libtux O=$(build)/user DESTDIR='$(DESTDIR)' prefix='$(prefix)' install
	install -D -m 644 $(build)/module/kernel/tux.ko '$(modules)/updates/tux.ko'
	[ -n '$(DESTDIR)' ] || depmod '$(notdir $(modules))'

.PHONY: uninstall
uninstall: ## remove what install has installed
	$(MAKE) -C libtux O=$(build)/user DESTDIR='$(DESTDIR)' prefix='$(prefix)' uninstall
	rm -f '$(modules)/updates/tux.ko'
	[ -n '$(DESTDIR)' ] || depmod '$(notdir $(modules))'

.PHONY: clean
clean: ## remove build/
	rm -rf $(build)

.PHONY: distclean
distclean: clean ## clean, and say how to remove the cache of kernels
	@cache="$${TUX_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/tux}"; \
	[ ! -e "$$cache" ] || echo "kernels and chroots stay in $$cache; to remove: rm -rf $$cache"

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | \
		awk -F '\t' '{ printf "%-13s %s\n", $$1, $$2 }'
