/* SPDX-License-Identifier: MIT */
/*
 * What no unit of the book does: one that is not there or lies about its capabilities, and register accesses that software must not
 * make ("Software Access to Registers").
 */
#include "tests/model/internal.h"

/* One that lies about its capabilities shows its other face on every second read. */
static bool lie_capability(uint64_t honest, uint64_t flips, bool *parity, uint32_t offset,
			   unsigned int bytes, uint64_t *value)
{
	uint64_t shown = *parity ? honest ^ flips : honest;

	if ((bytes == 8 ? flips : half_of(flips, offset)) == 0)
		return false;
	*parity = !*parity;
	*value = bytes == 8 ? shown : half_of(shown, offset);
	return true;
}

bool mu_lie(struct model_unit *unit, uint32_t offset, unsigned int bytes, uint64_t *value)
{
	const struct model_misbehaviour *how = &unit->config.misbehaviour;

	if (how->presence != MODEL_PRESENT) {
		*value = how->presence == MODEL_READS_ZERO ? 0
			 : bytes == 8			   ? UINT64_MAX
							   : UINT32_MAX;
		return true;
	}
	if (offset >= REG_CAP && offset < REG_ECAP)
		return lie_capability(unit->config.cap, how->cap_flips, &unit->cap_parity, offset,
				      bytes, value);
	if (offset >= REG_ECAP && offset < REG_GCMD)
		return lie_capability(unit->config.ecap, how->ecap_flips, &unit->ecap_parity,
				      offset, bytes, value);
	return false;
}

static void report_error(struct model_unit *unit, const char *text, uint32_t offset)
{
	if (unit->error != NULL)
		return;
	unit->error = text;
	unit->error_offset = offset;
}

bool mu_is_legal_access(struct model_unit *unit, uint32_t offset, unsigned int bytes, bool is_pair)
{
	const char *text = NULL;

	if (bytes != 4 && bytes != 8)
		text = "register access that is neither 32 nor 64 bits wide";
	else if (offset % bytes != 0)
		text = "unaligned register access";
	else if (offset >= model_register_bytes(unit) ||
		 offset + bytes > model_register_bytes(unit))
		text = "register access beyond the unit's register pages";
	else if (bytes == 8 && !is_pair)
		text = "64-bit access to 32-bit registers";
	if (text != NULL)
		report_error(unit, text, offset);
	return text == NULL;
}

const char *model_take_error(struct model_unit *unit)
{
	const char *text = unit->error;

	unit->error = NULL;
	return text;
}
