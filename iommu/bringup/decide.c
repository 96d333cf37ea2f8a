/* SPDX-License-Identifier: MIT */
#include "iommu/bringup/decide.h"

#include "arch/print.h"

bool bringup_refuse(struct bringup_plan *plan, enum bringup_reason reason, unsigned int unit,
		    const char *format, ...)
{
	va_list args;

	plan->refusal.reason = reason;
	plan->refusal.unit = unit;
	va_start(args, format);
	print_format(plan->refusal.what, sizeof(plan->refusal.what), format, args);
	va_end(args);
	return false;
}

void bringup_note(struct bringup_plan *plan, unsigned int unit, enum bringup_note note, bool is_so)
{
	if (is_so)
		plan->units[unit].notes |= UINT32_C(1) << note;
}

bool bringup_unit_has_note(const struct bringup_plan *plan, unsigned int unit,
			   enum bringup_note note)
{
	return plan->units[unit].notes >> note & 1;
}

void bringup_say_missing(uint64_t missing, char *text, size_t bytes)
{
	char names[80];

	caps_format_missing(missing, names, sizeof(names));
	print_to(text, bytes, "lacks %s", names);
}

bool bringup_refuse_missing(struct bringup_plan *plan, enum bringup_reason reason,
			    unsigned int unit, uint64_t missing)
{
	char text[sizeof(plan->refusal.what)];

	bringup_say_missing(missing, text, sizeof(text));
	return bringup_refuse(plan, reason, unit, "%s", text);
}

bool bringup_unit_translates(const struct bringup_plan *plan, unsigned int unit)
{
	return plan->units[unit].translates;
}

unsigned int bringup_first_lacking(const struct bringup_plan *plan, uint64_t needs)
{
	for (unsigned int i = 0; i < plan->unit_count; i++)
		if (plan->units[i].translates && caps_missing(&plan->units[i].caps, needs))
			return i;
	return BRINGUP_NO_UNIT;
}
