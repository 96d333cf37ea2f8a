/* SPDX-License-Identifier: MIT */
#include "iommu/unit/fault.h"

#include "arch/print.h"
#include "iommu/spec/fault_reason.h"
#include "iommu/unit/trace.h"

struct fault fault_decode(const uint64_t record[2])
{
	bool t1 = field_get(record, FRCD_T1);
	bool t2 = field_get(record, FRCD_T2);

	return (struct fault){
		.reason = (uint8_t)field_get(record, FRCD_FR),
		.type = t1 ? (t2 ? FAULT_ATOMIC : FAULT_READ)
			   : (t2 ? FAULT_PAGE_REQUEST : FAULT_WRITE),
		.address_type = (uint8_t)field_get(record, FRCD_AT),
		.sid = (uint16_t)field_get(record, FRCD_SID),
		.has_pasid = field_get(record, FRCD_PP),
		.pasid = (uint32_t)field_get(record, FRCD_PV),
		.execute = field_get(record, FRCD_EXE),
		.privileged = field_get(record, FRCD_PRIV),
		.address = field_get_address(record, FRCD_FI),
	};
}

/* F is in the highest dword, which is read first: the record may be written piece by piece. */
static bool take_record(struct unit *unit, unsigned int index, struct fault *fault)
{
	uint32_t offset = caps_fault_record_offset_bytes(&unit->caps) + index * FRCD_BYTES;
	uint64_t record[2];

	record[1] = unit_read64(unit, offset + 8);
	if (!field_get(record, FRCD_F))
		return false;
	record[0] = unit_read64(unit, offset);
	*fault = fault_decode(record);
	trace("unit %u fault sid %04x reason %02x address %llx", unit->index, fault->sid,
	      fault->reason, (unsigned long long)fault->address);
	unit_write64(unit, offset + 8, FIELD_MASK(FRCD_F));
	unit->fault_count++;
	return true;
}

void fault_collect(struct unit *unit, struct fault_log *log)
{
	unsigned int records = caps_fault_record_count(&unit->caps);
	unsigned int capacity = sizeof(log->faults) / sizeof(log->faults[0]);
	unsigned int first;

	*log = (struct fault_log){ .fsts = unit_read32(unit, REG_FSTS) };
	log->overflow = reg_get(log->fsts, FSTS_PFO);
	if (!reg_get(log->fsts, FSTS_PPF) && !log->overflow)
		return;
	first = (unsigned int)reg_get(log->fsts, FSTS_FRI);
	for (unsigned int i = 0; i < records; i++) {
		struct fault fault;

		if (!take_record(unit, (first + i) % records, &fault))
			continue;
		if (log->count < capacity)
			log->faults[log->count] = fault;
		log->count++;
	}
	if (log->overflow)
		unit_write32(unit, REG_FSTS, (uint32_t)FIELD_MASK(FSTS_PFO));
}

void fault_clear(struct unit *unit)
{
	struct fault_log ignored;

	fault_collect(unit, &ignored);
}

const char *fault_type_name(enum fault_type type)
{
	static const char *const names[] = {
		[FAULT_WRITE] = "write",
		[FAULT_PAGE_REQUEST] = "page request",
		[FAULT_READ] = "read",
		[FAULT_ATOMIC] = "atomic",
	};

	return names[type];
}

int fault_format(char *text, size_t size, const struct fault *fault)
{
	const struct fault_reason *reason = fault_reason_find(fault->reason);
	char pasid[16] = "none";

	if (fault->has_pasid)
		print_to(pasid, sizeof(pasid), "%u", fault->pasid);
	return print_to(text, size,
			"{ reason: %02X, label: %s, sid: \"%02x:%02x.%u\", type: %s, "
			"address: %llx, pasid: %s }",
			fault->reason, reason ? reason->label : "unassigned", fault->sid >> 8,
			fault->sid >> 3 & 0x1f, fault->sid & 7u, fault_type_name(fault->type),
			(unsigned long long)fault->address, pasid);
}
