/* SPDX-License-Identifier: MIT */
#include "iommu/spec/caps.h"

#include "arch/print.h"

#define BYTES_PER_PAGE 4096u

struct capability_entry {
	const char *name;
	const char *meaning;
	bool in_ecap;
	uint8_t bit;
};

#define IN_CAP	false
#define IN_ECAP true
#define ENTRY(reg, name, field, meaning) \
	[CAPABILITY_##name] = { #reg "." #name, meaning, IN_##reg, FIELD_LOW_BIT(field) },
static const struct capability_entry capabilities[CAPABILITY_COUNT] = { VTD_CAPABILITIES(ENTRY) };
#undef ENTRY

bool caps_has(const struct caps *caps, enum capability which)
{
	const struct capability_entry *entry = &capabilities[which];

	return (entry->in_ecap ? caps->ecap : caps->cap) >> entry->bit & 1;
}

const char *caps_name(enum capability which)
{
	return capabilities[which].name;
}

unsigned int caps_bit(enum capability which)
{
	return capabilities[which].bit;
}

const char *caps_meaning(enum capability which)
{
	return capabilities[which].meaning;
}

uint64_t caps_missing(const struct caps *caps, uint64_t needs)
{
	uint64_t missing = 0;

	for (unsigned int i = 0; i < CAPABILITY_COUNT; i++)
		if ((needs >> i & 1) && !caps_has(caps, i))
			missing |= UINT64_C(1) << i;
	return missing;
}

/* Text that grows piece by piece and counts on when its room is used up. */
struct line {
	char *text;
	size_t bytes;
	size_t length;
};

PRINT_FORMAT(2, 3) static void line_add(struct line *line, const char *format, ...)
{
	size_t used = line->length < line->bytes ? line->length : line->bytes;
	va_list args;

	va_start(args, format);
	line->length += (size_t)print_format(line->text + used, line->bytes - used, format, args);
	va_end(args);
}

int caps_format_missing(uint64_t missing, char *text, size_t bytes)
{
	struct line line = { text, bytes, 0 };

	line_add(&line, "%s", "");
	for (unsigned int i = 0; i < CAPABILITY_COUNT; i++)
		if (missing >> i & 1)
			line_add(&line, "%s%s (bit %u)", line.length ? ", " : "", caps_name(i),
				 caps_bit(i));
	return (int)line.length;
}

/* "SMTS" of "ECAP.SMTS" */
static const char *name_in_register(enum capability which)
{
	const char *name = caps_name(which);

	while (*name && *name++ != '.')
		;
	return name;
}

bool caps_has_first_stage_levels(const struct caps *caps, unsigned int levels)
{
	if (!caps_has(caps, CAPABILITY_FSTS))
		return false;
	return levels == 4 || (levels == 5 && caps_has(caps, CAPABILITY_FS5LP));
}

unsigned int caps_best_first_stage_levels(const struct caps *caps)
{
	for (unsigned int levels = 5; levels >= 4; levels--)
		if (caps_has_first_stage_levels(caps, levels))
			return levels;
	return 0;
}

unsigned int caps_first_stage_bits(const struct caps *caps)
{
	unsigned int levels = caps_best_first_stage_levels(caps);
	unsigned int table = levels ? 11 + 9 * levels : 0;
	unsigned int guest = caps_guest_address_bits(caps);

	return table < guest ? table : guest;
}

int caps_describe(const struct caps *caps, char *text, size_t bytes)
{
	/* What decides which tests can run, in the order in which a person asks for it. */
	static const enum capability described[] = {
		CAPABILITY_QI,	 CAPABILITY_IR,	   CAPABILITY_EIM,  CAPABILITY_PT,
		CAPABILITY_DT,	 CAPABILITY_SMTS,  CAPABILITY_SSTS, CAPABILITY_FSTS,
		CAPABILITY_NEST, CAPABILITY_PASID, CAPABILITY_PRS,  CAPABILITY_VCS,
		CAPABILITY_ADMS, CAPABILITY_ECS,   CAPABILITY_RWBF, CAPABILITY_CM,
	};
	struct line line = { text, bytes, 0 };
	unsigned int width = caps_second_stage_bits(caps);

	line_add(&line, "%s", "");
	for (size_t i = 0; i < sizeof(described) / sizeof(described[0]); i++)
		if (caps_has(caps, described[i]))
			line_add(&line, "%s%s", line.length ? " " : "",
				 name_in_register(described[i]));
	if (width)
		line_add(&line, "%s%u bit", line.length ? ", " : "", width);
	else
		line_add(&line, "%sno second stage", line.length ? ", " : "");
	if (caps_best_first_stage_levels(caps))
		line_add(&line, ", first stage of %u", caps_first_stage_bits(caps));
	return (int)line.length;
}

unsigned int caps_major(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->ver, VER_MAX);
}

unsigned int caps_minor(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->ver, VER_MIN);
}

uint32_t caps_domain_count(const struct caps *caps)
{
	unsigned int nd = (unsigned int)reg_get(caps->cap, CAP_ND);

	return nd == 7 ? 0 : UINT32_C(1) << (4 + 2 * nd);
}

unsigned int caps_guest_address_bits(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->cap, CAP_MGAW) + 1;
}

uint32_t caps_fault_record_offset_bytes(const struct caps *caps)
{
	return (uint32_t)reg_get(caps->cap, CAP_FRO) * REGISTER_BLOCK_BYTES;
}

uint32_t caps_iotlb_offset_bytes(const struct caps *caps)
{
	return (uint32_t)reg_get(caps->ecap, ECAP_IRO) * REGISTER_BLOCK_BYTES;
}

unsigned int caps_fault_record_count(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->cap, CAP_NFR) + 1;
}

unsigned int caps_pasid_bits(const struct caps *caps)
{
	unsigned int bits = (unsigned int)reg_get(caps->ecap, ECAP_PSS) + 1;

	if (!caps_has(caps, CAPABILITY_PASID))
		return 0;
	return bits < 20 ? bits : 20;
}

unsigned int caps_max_address_mask(const struct caps *caps)
{
	return caps_has(caps, CAPABILITY_PSI) ? (unsigned int)reg_get(caps->cap, CAP_MAMV) : 0;
}

unsigned int caps_max_handle_mask(const struct caps *caps)
{
	return (unsigned int)reg_get(caps->ecap, ECAP_MHMV);
}

uint32_t caps_register_bytes(const struct caps *caps)
{
	uint32_t iotlb_end = caps_iotlb_offset_bytes(caps) + IOTLB_BLOCK_BYTES;
	uint32_t records_end =
		caps_fault_record_offset_bytes(caps) + caps_fault_record_count(caps) * FRCD_BYTES;
	uint32_t end = iotlb_end > records_end ? iotlb_end : records_end;

	if (end < BYTES_PER_PAGE) /* the registers at fixed offsets fill the first page */
		end = BYTES_PER_PAGE;
	return (end + BYTES_PER_PAGE - 1) / BYTES_PER_PAGE * BYTES_PER_PAGE;
}

bool caps_has_levels(const struct caps *caps, unsigned int levels)
{
	return levels >= 3 && levels <= 5 && (reg_get(caps->cap, CAP_SAGAW) >> (levels - 2) & 1);
}

unsigned int caps_best_levels(const struct caps *caps)
{
	for (unsigned int levels = 5; levels >= 3; levels--)
		if (caps_has_levels(caps, levels))
			return levels;
	return 0;
}

unsigned int caps_second_stage_bits(const struct caps *caps)
{
	unsigned int levels = caps_best_levels(caps);
	unsigned int table = levels ? 12 + 9 * levels : 0;
	unsigned int guest = caps_guest_address_bits(caps);

	return table < guest ? table : guest;
}
