/* SPDX-License-Identifier: MIT */
/* What differs from what is due, in few words and without addresses and ids, which change from machine to machine. */
#pragma once

#include "iommu/unit/fault.h"

/* A list that grows: "reason 02 for 39, PP 1 for 0". All zero: nothing differs. */
struct difference {
	char text[160];
};

void difference_add(struct difference *difference, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Whatever two records of faults do not share. */
void difference_of_faults(struct difference *difference, const struct fault *seen,
			  const struct fault *wanted);
