/* SPDX-License-Identifier: MIT */
#include "arch/processor.h"

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/madt.h"
#include "arch/print.h"
#include "arch/string.h"

/* Where an entry of the MADT has its APIC id and its flags. */
enum { LOCAL_ID = 3, LOCAL_FLAGS = 4, LOCAL_BYTES = 8 };
enum { X2APIC_ID = 4, X2APIC_FLAGS = 8, X2APIC_BYTES = 16 };

#define FLAG_ENABLED 1u

/* The APIC id of an entry; false if nobody is there, or it is ours. */
static bool is_other(enum madt_type type, const uint8_t *entry, uint32_t *id)
{
	const bool is_wide = type == MADT_LOCAL_X2APIC;

	*id = entry[LOCAL_ID];
	if (is_wide)
		memcpy(id, entry + X2APIC_ID, sizeof(*id));
	return (entry[is_wide ? X2APIC_FLAGS : LOCAL_FLAGS] & FLAG_ENABLED) && *id != apic_id();
}

/* Finds number `index` of the others: those that ACPI lists by 8 bits, then those by 32. */
static bool find_other(unsigned int index, uint32_t *id)
{
	static const struct {
		enum madt_type type;
		uint8_t bytes;
	} kinds[] = { { MADT_LOCAL_APIC, LOCAL_BYTES }, { MADT_LOCAL_X2APIC, X2APIC_BYTES } };
	const uint8_t *entry;

	for (unsigned int kind = 0; kind < 2; kind++)
		for (unsigned int i = 0;
		     (entry = madt_entry(kinds[kind].type, kinds[kind].bytes, i)); i++)
			if (is_other(kinds[kind].type, entry, id) && !index--)
				return true;
	return false;
}

bool processor_is_other(uint32_t id)
{
	uint32_t other;

	for (unsigned int i = 0; find_other(i, &other); i++)
		if (other == id)
			return true;
	return false;
}

static const char *apic_text(void)
{
	if (!apic_is_present())
		return "no APIC,";
	if (apic_is_x2apic())
		return apic_was_x2apic() ? "x2APIC, found on, with" : "x2APIC";
	return "xAPIC";
}

const char *processor_text(void)
{
	static char text[140];
	uint32_t id, highest_id = 0;
	unsigned int others;
	const int used =
		print_to(text, sizeof(text), "%s id %u, %u levels of paging, %u bits of address",
			 apic_text(), apic_id(), cpu_paging_levels(), cpu_physical_bits());

	for (others = 0; find_other(others, &id); others++)
		highest_id = id > highest_id ? id : highest_id;
	if (others)
		print_to(text + used, sizeof(text) - (size_t)used,
			 "; %u other%s, with ids up to %u, left alone", others,
			 others == 1 ? "" : "s", highest_id);
	return text;
}
