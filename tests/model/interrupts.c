/* SPDX-License-Identifier: MIT */
/*
 * "Interrupt-Remapping Hardware Operation": what becomes of a DWORD write to FEEx_xxxxh.
 */
#include "tests/model/internal.h"

/* Interrupt faults name the source and, where one was computed, the index in FI 63:48. */
static void interrupt_fault(struct model_unit *unit, const struct model_request *request,
			    uint8_t reason, uint64_t index, bool fpd)
{
	struct fault fault = {
		.reason = reason,
		.sid = request->sid,
		.info = index << 48,
	};

	if (fault_rule(reason)->is_qualified && fpd)
		return;
	fault_record(unit, &fault);
}

/* "Source-id checking": SVT, SID and SQ of the entry. */
static bool is_allowed_source(const uint64_t *irte, uint16_t sid)
{
	static const uint16_t ignored[] = { 0, 4, 6, 7 };
	uint16_t expected = (uint16_t)field_get(irte, IRTE_SID);

	switch (field_get(irte, IRTE_SVT)) {
	case 0:
		return true;
	case 1:
		return ((sid ^ expected) & ~ignored[field_get(irte, IRTE_SQ)]) == 0;
	case 2:
		return sid >> 8 >= expected >> 8 && sid >> 8 <= (expected & 0xFF);
	default: /* reserved code: an invalid entry, which is looked at next */
		return true;
	}
}

/* Reserved and conditionally reserved fields of an entry for remapped interrupts. */
static bool is_invalid_entry(const struct model_unit *unit, const uint64_t *irte)
{
	bool extended = reg_get(unit->irta, IRTA_EIME) != 0;
	uint64_t reserved = UINT64_C(0xFF007000);
	uint64_t mode = field_get(irte, IRTE_DLM);

	if (!extended)
		reserved |= UINT64_C(0xFFFF00FF) << 32;
	if (field_get(irte, IRTE_IM)) /* CAP.PI = 0: reserved */
		return true;
	if (mode == 3 || mode == 6)
		return true;
	return ((irte[0] & reserved) | irte[1] >> 20) != 0 || field_get(irte, IRTE_SVT) == 3;
}

/* "Interrupt Requests in Compatibility Format" on the bus, made from the entry. */
static void send_remapped(struct model_unit *unit, const uint64_t *irte)
{
	uint64_t destination = field_get(irte, IRTE_DST);
	uint64_t address =
		0xFEE00000 | field_get(irte, IRTE_RH) << 3 | field_get(irte, IRTE_DM) << 2;
	uint32_t data = (uint32_t)(field_get(irte, IRTE_V) | field_get(irte, IRTE_DLM) << 8 |
				   UINT64_C(1) << 14 | field_get(irte, IRTE_TM) << 15);

	if (reg_get(unit->irta, IRTA_EIME))
		address |= (destination & 0xFF) << 12 | (destination >> 8) << 40;
	else
		address |= (destination >> 8 & 0xFF) << 12;
	unit->counts.messages++;
	unit->host.message(unit->host.context, address, data);
}

/* The entry at this index, from the interrupt entry cache or from memory. */
static uint8_t locate_entry(struct model_unit *unit, uint32_t index, struct model_cached *entry)
{
	struct cache_tag tag = { .kind = CACHE_IRTE, .pasid = index };
	uint64_t where = (unit->irta & FIELD_MASK(IRTA_IRTA)) + index * sizeof(struct irte);

	if (cache_recall(unit, &tag, entry))
		return entry->fault;
	if (where & beyond_host_width(unit))
		return 0x21; /* index reaches beyond HAW */
	if (!fetch(unit, where, entry->words, sizeof(struct irte)))
		return 0x23; /* table cannot be accessed */
	entry->fpd = field_get(entry->words, IRTE_FPD) != 0;
	if (!field_get(entry->words, IRTE_P))
		entry->fault = 0x22; /* not present */
	if (entry->fault == 0 ? !is_invalid_entry(unit, entry->words) : caches_faults(unit))
		cache_add(unit, entry);
	return entry->fault;
}

static void remapped_request(struct model_unit *unit, const struct model_request *request)
{
	uint32_t address = (uint32_t)request->address;
	uint32_t index = (address >> 5 & 0x7FFF) | (address >> 2 & 1) << 15;
	uint64_t table_entries = UINT64_C(2) << reg_get(unit->irta, IRTA_S);
	bool has_subhandle = address >> 3 & 1;
	struct model_cached entry;
	uint8_t reason;

	if (has_subhandle && request->data >> 16 != 0) {
		interrupt_fault(unit, request, 0x20, 0, false);
		return;
	}
	if (has_subhandle)
		index += request->data & 0xFFFF;
	if (index >= table_entries) {
		interrupt_fault(unit, request, 0x21, index & 0xFFFF, false);
		return;
	}
	reason = locate_entry(unit, index, &entry);
	if (reason == 0 && !is_allowed_source(entry.words, request->sid))
		reason = 0x26;
	if (reason == 0 && is_invalid_entry(unit, entry.words))
		reason = 0x24;
	if (reason != 0)
		interrupt_fault(unit, request, reason, index, entry.fpd);
	else
		send_remapped(unit, entry.words);
}

void interrupt_request(struct model_unit *unit, const struct model_request *request)
{
	bool is_remappable = request->address >> 4 & 1;
	bool is_extended = reg_get(unit->irta, IRTA_EIME) != 0;

	if (!(unit->gsts & FIELD_MASK(GSTS_IRES))) {
		if (ecap(unit, ECAP_IRREQ)) {
			interrupt_fault(unit, request, 0x2B, 0, false);
			return;
		}
		unit->host.message(unit->host.context, request->address, request->data);
		return;
	}
	if (ecap(unit, ECAP_EIMER) && !is_extended) {
		interrupt_fault(unit, request, 0x2A, 0, false);
		return;
	}
	if (is_remappable) {
		remapped_request(unit, request);
		return;
	}
	if (is_extended || !(unit->gsts & FIELD_MASK(GSTS_CFIS))) {
		interrupt_fault(unit, request, 0x25, 0, false);
		return;
	}
	unit->host.message(unit->host.context, request->address, request->data);
}
