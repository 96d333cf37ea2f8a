/* SPDX-License-Identifier: MIT */
/* What QEMU 7.2's intel-iommu does instead of what the specification says. */
#include "tests/known.h"

static const struct known_deviation deviations[] = {
	{ "-", "-", "-" },
};

const struct known_profile known_qemu_7_2 = {
	.name = "qemu-7.2",
	.deviations = deviations,
	.count = sizeof(deviations) / sizeof(deviations[0]),
};
