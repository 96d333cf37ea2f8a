/* SPDX-License-Identifier: MIT */
#include "arch/mmio_hole.h"

#include <stddef.h>

#include "arch/mmio_decode.h"
#include "arch/paging.h"
#include "arch/print.h"
#include "arch/trap.h"

static struct mmio_hole holes[MMIO_HOLES_MAX];
static unsigned int hole_count;
static unsigned int last_hole; /* accesses come in runs to one device */
static char complaint[240];
static bool has_complaint;

/* One access on its way. */
struct access {
	struct trap_frame *frame;
	uint64_t address;
	const struct mmio_hole *hole;
	struct mmio_instruction in;
};

static bool contains(const struct mmio_hole *hole, uint64_t address)
{
	return address - hole->base.value < hole->pages * PAGE_BYTES;
}

static const struct mmio_hole *hole_at(uint64_t address)
{
	if (hole_count && contains(&holes[last_hole], address))
		return &holes[last_hole];
	for (unsigned int i = 0; i < hole_count; i++)
		if (contains(&holes[i], address)) {
			last_hole = i;
			return &holes[i];
		}
	return NULL;
}

/*
 * Remembers what is wrong, with the first bytes of the instruction (none if `code_bytes` is 0), and
 * lets the fault stand.
 */
static bool refuse(const struct access *access, size_t code_bytes, const char *what)
{
	const uint64_t rip = access->frame->rip;
	const uint8_t *code = (const uint8_t *)(uintptr_t)rip;
	char bytes[MMIO_INSTRUCTION_MAX_BYTES * 3 + 1] = "";
	int used = 0;

	for (size_t i = 0; i < code_bytes; i++)
		used += print_to(bytes + used, sizeof(bytes) - (size_t)used, " %02x", code[i]);
	print_to(complaint, sizeof(complaint),
		 "access to modelled registers at %llx: %s (code%s at %llx)",
		 (unsigned long long)access->address, what, bytes,
		 (unsigned long long)(rip - trap_load_offset()));
	has_complaint = true;
	return false;
}

const char *mmio_hole_complaint(void)
{
	if (!has_complaint)
		return NULL;
	has_complaint = false;
	return complaint;
}

/*
 * Bytes up to the end of the page are there, as the processor fetched the first one; those on the
 * next page only if the instruction goes on there.
 */
static enum mmio_decoding decode(const uint8_t *code, struct mmio_instruction *in)
{
	size_t in_page = PAGE_BYTES - (uintptr_t)code % PAGE_BYTES;
	enum mmio_decoding decoding;

	if (in_page >= MMIO_INSTRUCTION_MAX_BYTES)
		return mmio_decode(code, MMIO_INSTRUCTION_MAX_BYTES, in);
	decoding = mmio_decode(code, in_page, in);
	if (decoding == MMIO_CUT)
		decoding = mmio_decode(code, MMIO_INSTRUCTION_MAX_BYTES, in);
	return decoding;
}

/* Where the frame keeps a register, by its number in instructions. */
static uint64_t *register_in(struct trap_frame *frame, unsigned int number)
{
#define PLACE(name) offsetof(struct trap_frame, name)
	static const uint8_t places[16] = {
		PLACE(rax), PLACE(rcx), PLACE(rdx), PLACE(rbx), PLACE(rsp), PLACE(rbp),
		PLACE(rsi), PLACE(rdi), PLACE(r8),  PLACE(r9),	PLACE(r10), PLACE(r11),
		PLACE(r12), PLACE(r13), PLACE(r14), PLACE(r15),
	};
#undef PLACE

	return (uint64_t *)((char *)frame + places[number]);
}

static uint64_t operand_address(const struct access *access)
{
	uint64_t registers[16];

	for (unsigned int i = 0; i < 16; i++)
		registers[i] = *register_in(access->frame, i);
	return mmio_operand_address(&access->in, registers, access->frame->rip);
}

static const char *find_objection(struct access *access)
{
	const struct mmio_instruction *in = &access->in;

	if (in->operand_bytes == 1)
		return "8 bits wide, only 32 and 64 are taken";
	if (in->operand_bytes == 2)
		return "16 bits wide, only 32 and 64 are taken";
	if (operand_address(access) != access->address)
		return "it begins outside of the registers";
	if (access->address % in->operand_bytes)
		return in->operand_bytes == 4 ? "32 bits wide but not aligned"
					      : "64 bits wide but not aligned";
	return NULL;
}

static const char *perform(struct access *access)
{
	const struct mmio_instruction *in = &access->in;
	const struct mmio_hole *hole = access->hole;
	uint64_t offset = access->address - hole->base.value;
	uint64_t mask = in->operand_bytes == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t value = in->immediate;
	const char *refusal;

	if (!in->has_immediate)
		value = *register_in(access->frame, in->reg);
	if (in->is_write)
		return hole->write(hole->context, offset, in->operand_bytes, value & mask);
	refusal = hole->read(hole->context, offset, in->operand_bytes, &value);
	if (!refusal)
		*register_in(access->frame, in->reg) = value & mask;
	return refusal;
}

static bool handle_page_fault(struct trap_frame *frame, uint64_t address)
{
	struct access access = { .frame = frame, .address = address, .hole = hole_at(address) };
	const uint8_t *code = (const uint8_t *)(uintptr_t)frame->rip;
	const size_t in_page = PAGE_BYTES - frame->rip % PAGE_BYTES;
	const char *refusal;

	if (!access.hole)
		return false;
	if (contains(access.hole, frame->rip))
		return refuse(&access, 0, "registers hold no code to run");
	if (decode(code, &access.in) != MMIO_DECODED)
		return refuse(&access, in_page < 8 ? in_page : 8, "not a mov of the known forms");
	refusal = find_objection(&access);
	if (!refusal)
		refusal = perform(&access);
	if (refusal)
		return refuse(&access, access.in.length_bytes, refusal);
	frame->rip += access.in.length_bytes;
	return true;
}

static bool overlaps_any(const struct mmio_hole *hole)
{
	for (unsigned int i = 0; i < hole_count; i++)
		if (contains(&holes[i], hole->base.value) || contains(hole, holes[i].base.value))
			return true;
	return false;
}

bool mmio_hole_open(const struct mmio_hole *hole)
{
	if (hole_count == MMIO_HOLES_MAX || overlaps_any(hole) ||
	    !paging_make_hole(hole->base.value, hole->pages))
		return false;
	holes[hole_count++] = *hole;
	trap_set_page_fault_handler(handle_page_fault);
	return true;
}
