/* SPDX-License-Identifier: MIT */
#include "iommu/spec/fault_reason.h"

#include <stddef.h>

#define QUALIFIED_Y true
#define QUALIFIED_N false
#define ENTRY(code, name, label, qualified, meaning) \
	{ (code), QUALIFIED_##qualified, (label), (meaning) },
static const struct fault_reason reasons[] = { VTD_FAULT_REASONS(ENTRY) };
#undef ENTRY

const struct fault_reason *fault_reason_find(uint8_t code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return &reasons[i];
	return NULL;
}

const struct fault_reason *fault_reason_at(unsigned int n)
{
	return n < sizeof(reasons) / sizeof(reasons[0]) ? &reasons[n] : NULL;
}
