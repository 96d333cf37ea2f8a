/* SPDX-License-Identifier: MIT */
#include "arch/panic.h"

#include "arch/bits.h"
#include "arch/console.h"
#include "arch/exit.h"

const char *panic_context;

void panic(const char *format, ...)
{
	va_list args;

	console_speak();
	print("\n# panic: ");
	va_start(args, format);
	print_args(format, args);
	va_end(args);
	if (panic_context)
		print(" (in %s)", panic_context);
	print("\n");
	exit_machine(EXIT_CRASH);
}

void field_overflow(unsigned int hi, unsigned int lo, uint64_t value)
{
	panic("value %llx does not fit the field %u:%u", (unsigned long long)value, hi, lo);
}
