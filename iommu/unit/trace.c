/* SPDX-License-Identifier: MIT */
#include "iommu/unit/trace.h"

#include "arch/print.h"

bool trace_is_on;

void trace(const char *format, ...)
{
	va_list args;

	if (!trace_is_on)
		return;
	print("# trace ");
	va_start(args, format);
	print_args(format, args);
	va_end(args);
	print("\n");
}
