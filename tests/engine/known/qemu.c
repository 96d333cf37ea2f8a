/* SPDX-License-Identifier: MIT */
/* The list of deviations of QEMU's intel-iommu, as a table. */
#include "tests/engine/known/known.h"

/* Compared with the specification in all configurations that these versions offer. */
static const char *const versions[] = { "7.2", "10.0", "11.1" };

#define WHY(text) { .why = (text) },
#define ROW(first_seen, last_seen, with, without, what, where, only_sometimes) \
	{ .first = (first_seen),                                               \
	  .last = (last_seen),                                                 \
	  .needs = (with),                                                     \
	  .unless = (without),                                                 \
	  .part = (what),                                                      \
	  .tests = (where),                                                    \
	  .is_optional = (only_sometimes) },
#define SEEN(first, last, needs, unless, part, tests) \
	ROW(#first, #last, needs, unless, part, tests, false)
#define SEEN_WITH_OPTION(first, last, needs, unless, part, tests) \
	ROW(#first, #last, needs, unless, part, tests, true)

static const struct known_deviation deviations[] = {
#include "tests/engine/known/qemu.def"
};

const struct known_list known_qemu = {
	.name = "qemu",
	.versions = versions,
	.version_count = sizeof(versions) / sizeof(versions[0]),
	.deviations = deviations,
	.count = sizeof(deviations) / sizeof(deviations[0]),
};
