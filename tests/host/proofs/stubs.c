/* SPDX-License-Identifier: MIT */
/* What stands around the code that is proven: ends that must not be reached, and text that nobody reads. */
#include <assert.h>

#include "arch/bits.h"
#include "arch/panic.h"
#include "arch/print.h"

char nondet_char(void);

_Noreturn void panic(const char *format, ...)
{
	(void)format;
	assert(!"panic() is never reached");
	__CPROVER_assume(false);
}

_Noreturn void field_overflow(unsigned int hi, unsigned int lo, uint64_t value)
{
	(void)hi;
	(void)lo;
	(void)value;
	assert(!"every value fits its field");
	__CPROVER_assume(false);
}

/*
 * Writes nothing: what the callers of print_format() make is read by people only. Places that the text would
 * go to are those of print_to(), whose text may be empty or not.
 */
int print_format(char *text, size_t bytes, const char *format, va_list args)
{
	(void)text;
	(void)bytes;
	(void)format;
	(void)args;
	return 0;
}

int print_to(char *text, size_t bytes, const char *format, ...)
{
	(void)format;
	if (bytes)
		text[0] = nondet_char();
	return 0;
}
