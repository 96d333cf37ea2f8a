/* SPDX-License-Identifier: MIT */
/* What QEMU 7.2's intel-iommu does instead of what the specification says. */
#include "tests/known.h"

static const struct known_deviation deviations[] = {
	{ "reg.iqa", "64-bit: bits 12-38 stay 0; halves: bits 12-38 stay 0",
	  "IQA's address reads 0 until the queue is turned on" },
	{ "reg.iqa", "64-bit: bits 12-47 stay 0; halves: bits 12-47 stay 0",
	  "IQA's address reads 0 until the queue is turned on" },
	{ "reg.iqa-dw", "64-bit: bits 11 stay 0; halves: bits 11 stay 0",
	  "IQA.DW never reads back (QEMU 515457757f repairs it)" },
};

const struct known_profile known_qemu_7_2 = {
	.name = "qemu-7.2",
	.deviations = deviations,
	.count = sizeof(deviations) / sizeof(deviations[0]),
};
