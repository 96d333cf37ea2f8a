/* SPDX-License-Identifier: MIT */
/*
 * The decoder behind modelled registers, against two judges of its own kind: the assembler, which
 * encodes every form from text, and the processor, which runs code of this very compiler into a
 * page that is not there.
 */
#define _GNU_SOURCE
#include "tests/host/check.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "arch/mmio.h"
#include "arch/mmio_decode.h"

enum { RANDOM_ROUNDS = 2000000, PAGE = 4096 };

/* ---- what the assembler makes of every form ---- */

/* One instruction, and what it means, as the macros below lay it down. */
struct form {
	uint8_t length, is_write, bytes, reg;
	uint8_t base, index, scale_log2, has_immediate;
	uint64_t displacement;
	uint64_t immediate;
	uint8_t code[40];
};

_Static_assert(sizeof(struct form) == 64, "as laid down");

extern const struct form forms[], forms_end[];

/* clang-format off */
asm(".pushsection .rodata\n"
    ".macro form is_write, bytes, reg, base, index, scale, immediate, displacement, value, text:vararg\n"
    "	.balign 64, 0xcc\n"
    "	.byte 92f - 91f, \\is_write, \\bytes, \\reg, \\base, \\index, \\scale, \\immediate\n"
    "	.quad \\displacement, \\value\n"
    "91:	\\text\n"
    "92:\n"
    ".endm\n"
    /* A load and a store of each width between one register and one operand. */
    ".macro both number, r8, r16, r32, r64, base, index, scale, displacement, operand:vararg\n"
    "	form 0, 8, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movq \\operand, %\\r64\n"
    "	form 0, 4, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movl \\operand, %\\r32\n"
    "	form 0, 2, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movw \\operand, %\\r16\n"
    "	form 0, 1, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movb \\operand, %\\r8\n"
    "	form 1, 8, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movq %\\r64, \\operand\n"
    "	form 1, 4, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movl %\\r32, \\operand\n"
    "	form 1, 2, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movw %\\r16, \\operand\n"
    "	form 1, 1, \\number, \\base, \\index, \\scale, 0, \\displacement, 0, movb %\\r8, \\operand\n"
    ".endm\n"
    ".macro registers base, index, scale, displacement, operand:vararg\n"
    "	both 0, al, ax, eax, rax, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 1, cl, cx, ecx, rcx, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 2, dl, dx, edx, rdx, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 3, bl, bx, ebx, rbx, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 4, spl, sp, esp, rsp, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 5, bpl, bp, ebp, rbp, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 6, sil, si, esi, rsi, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 7, dil, di, edi, rdi, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 8, r8b, r8w, r8d, r8, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 9, r9b, r9w, r9d, r9, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 10, r10b, r10w, r10d, r10, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 11, r11b, r11w, r11d, r11, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 12, r12b, r12w, r12d, r12, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 13, r13b, r13w, r13d, r13, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 14, r14b, r14w, r14d, r14, \\base, \\index, \\scale, \\displacement, \\operand\n"
    "	both 15, r15b, r15w, r15d, r15, \\base, \\index, \\scale, \\displacement, \\operand\n"
    ".endm\n"
    ".macro immediates base, index, scale, displacement, operand:vararg\n"
    "	form 1, 8, 0, \\base, \\index, \\scale, 1, \\displacement, -2, movq $-2, \\operand\n"
    "	form 1, 8, 0, \\base, \\index, \\scale, 1, \\displacement, 0x12345678, movq $0x12345678, \\operand\n"
    "	form 1, 4, 0, \\base, \\index, \\scale, 1, \\displacement, 0x87654321, movl $0x87654321, \\operand\n"
    "	form 1, 2, 0, \\base, \\index, \\scale, 1, \\displacement, 0x8765, movw $0x8765, \\operand\n"
    "	form 1, 1, 0, \\base, \\index, \\scale, 1, \\displacement, 0x87, movb $0x87, \\operand\n"
    ".endm\n"
    ".balign 64, 0xcc\n"
    "forms:\n"
    /* Every base register: plain, with a short and with a long displacement. */
    ".set base, 0\n"
    ".irp b, rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15\n"
    "	registers base, 16, 0, 0, (%\\b)\n"
    "	registers base, 16, 0, -8, -8(%\\b)\n"
    "	registers base, 16, 0, 0x12345678, 0x12345678(%\\b)\n"
    "	immediates base, 16, 0, 0, (%\\b)\n"
    "	immediates base, 16, 0, 0x7f, 0x7f(%\\b)\n"
    "	immediates base, 16, 0, -0x12345678, -0x12345678(%\\b)\n"
    /* Every index register; rsp cannot be one. */
    "	.set index, 0\n"
    "	.irp i, rax, rcx, rdx, rbx, none, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15\n"
    "	.ifnc \\i, none\n"
    "	both 9, r9b, r9w, r9d, r9, base, index, 0, 0, (%\\b, %\\i, 1)\n"
    "	both 0, al, ax, eax, rax, base, index, 1, 16, 16(%\\b, %\\i, 2)\n"
    "	both 15, r15b, r15w, r15d, r15, base, index, 2, -0x1000, -0x1000(%\\b, %\\i, 4)\n"
    "	immediates base, index, 3, 0, (%\\b, %\\i, 8)\n"
    "	.endif\n"
    "	.set index, index + 1\n"
    "	.endr\n"
    "	.set base, base + 1\n"
    ".endr\n"
    /* No base: index only, absolute, relative to the instruction. */
    "registers 16, 13, 3, 64, 64(, %r13, 8)\n"
    "registers 16, 16, 0, 0x1000, 0x1000(,1)\n"
    "registers 17, 16, 0, 0x1000, 0x1000(%rip)\n"
    "immediates 17, 16, 0, -16, -16(%rip)\n"
    /* The accumulator and a 64-bit address. */
    "form 0, 8, 0, 16, 16, 0, 0, 0x123456789abcdef0, 0, movabsq 0x123456789abcdef0, %rax\n"
    "form 0, 4, 0, 16, 16, 0, 0, 0x123456789abcdef0, 0, movabsl 0x123456789abcdef0, %eax\n"
    "form 0, 2, 0, 16, 16, 0, 0, 0x123456789abcdef0, 0, movabsw 0x123456789abcdef0, %ax\n"
    "form 0, 1, 0, 16, 16, 0, 0, 0x123456789abcdef0, 0, movabsb 0x123456789abcdef0, %al\n"
    "form 1, 8, 0, 16, 16, 0, 0, 0xfed90000, 0, movabsq %rax, 0xfed90000\n"
    "form 1, 4, 0, 16, 16, 0, 0, 0xfed90000, 0, movabsl %eax, 0xfed90000\n"
    "form 1, 2, 0, 16, 16, 0, 0, 0xfed90000, 0, movabsw %ax, 0xfed90000\n"
    "form 1, 1, 0, 16, 16, 0, 0, 0xfed90000, 0, movabsb %al, 0xfed90000\n"
    ".balign 64, 0xcc\n"
    "forms_end:\n"
    ".popsection\n");
/* clang-format on */

static bool is_as_meant(const struct form *form, const struct mmio_instruction *in)
{
	return in->length_bytes == form->length && in->operand_bytes == form->bytes &&
	       in->is_write == form->is_write && in->has_immediate == form->has_immediate &&
	       in->base == form->base && in->index == form->index &&
	       in->scale_log2 == form->scale_log2 && in->displacement == form->displacement &&
	       (in->has_immediate ? in->immediate == form->immediate : in->reg == form->reg);
}

static void every_form_is_decoded(void **state)
{
	size_t count = (size_t)(forms_end - forms);
	struct mmio_instruction in;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct form *form = &forms[i];

		if (mmio_decode(form->code, form->length, &in) != MMIO_DECODED ||
		    !is_as_meant(form, &in)) {
			for (unsigned int byte = 0; byte < form->length; byte++)
				print_error(" %02x", form->code[byte]);
			fail_msg("form %zu is not decoded as the assembler meant it", i);
		}
	}
	print_message("%zu forms\n", count);
	assert_true(count > 8000);
}

/* Cut anywhere, an instruction is cut, and nothing after the cut is looked at. */
static void cut_forms_are_cut(void **state)
{
	struct mmio_instruction in;

	(void)state;
	for (const struct form *form = forms; form < forms_end; form++)
		for (size_t bytes = 0; bytes < form->length; bytes++) {
			uint8_t *copy = malloc(bytes ? bytes : 1);

			memcpy(copy, form->code, bytes);
			assert_int_equal(mmio_decode(copy, bytes, &in), MMIO_CUT);
			free(copy);
		}
}

/* ---- forms nobody may mistake for a mov ---- */

static void other_instructions_are_unknown(void **state)
{
	static const uint8_t others[][16] = {
		{ 0xf7, 0x01, 0x01, 0, 0, 0 }, /* testl $1, (%rcx) */
		{ 0x83, 0x08, 0x01 },	       /* orl $1, (%rax) */
		{ 0x03, 0x01 },		       /* addl (%rcx), %eax */
		{ 0x48, 0x63, 0x01 },	       /* movslq (%rcx), %rax */
		{ 0x0f, 0xb6, 0x01 },	       /* movzbl (%rcx), %eax */
		{ 0xff, 0x01 },		       /* incl (%rcx) */
		{ 0x0f, 0xba, 0x21, 0x03 },    /* btl $3, (%rcx) */
		{ 0xf0, 0x0f, 0xb1, 0x11 },    /* lock cmpxchgl %edx, (%rcx) */
		{ 0xf3, 0xa5 },		       /* rep movsl */
		{ 0x64, 0x8b, 0x01 },	       /* movl %fs:(%rcx), %eax */
		{ 0x67, 0x8b, 0x01 },	       /* movl (%ecx), %eax */
		{ 0x48, 0x66, 0x8b, 0x01 },    /* REX before a prefix */
		{ 0x8b, 0xc1 },		       /* movl %ecx, %eax */
		{ 0xc7, 0xc0, 1, 0, 0, 0 },    /* movl $1, %eax */
		{ 0xc7, 0x08, 1, 0, 0, 0 },    /* C7 /1 */
		{ 0xc7, 0xf8, 1, 0, 0, 0 },    /* xbegin */
		{ 0xc5, 0xfa, 0x6f, 0x01 },    /* vmovdqu (%rcx), %xmm0 */
		{ 0x8e, 0x01 },		       /* movw (%rcx), %es */
	};
	struct mmio_instruction in;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (mmio_decode(others[i], sizeof(others[i]), &in) != MMIO_UNKNOWN)
			fail_msg("instruction %zu is taken for a mov", i);
}

/* Each buffer has exactly as many bytes as it says, so that the sanitizer sees any read past them. */
static void random_bytes_are_harmless(void **state)
{
	uint8_t *buffers[MMIO_INSTRUCTION_MAX_BYTES + 1];
	unsigned long decoded = 0;

	(void)state;
	srandom(1);
	for (size_t bytes = 1; bytes <= MMIO_INSTRUCTION_MAX_BYTES; bytes++)
		buffers[bytes] = malloc(bytes);
	for (unsigned int round = 0; round < RANDOM_ROUNDS; round++) {
		size_t bytes = 1 + (size_t)random() % MMIO_INSTRUCTION_MAX_BYTES;
		struct mmio_instruction in;

		for (size_t i = 0; i < bytes; i++)
			buffers[bytes][i] = (uint8_t)random();
		if (round % 2) /* half of them at least begin well */
			buffers[bytes][0] = (uint8_t)(0x88 + random() % 4);
		if (mmio_decode(buffers[bytes], bytes, &in) != MMIO_DECODED)
			continue;
		decoded++;
		assert_true(in.length_bytes >= 2 && in.length_bytes <= bytes);
		assert_true(in.has_immediate || in.reg < 16);
		assert_true(in.base <= MMIO_REGISTER_RIP && in.index <= MMIO_REGISTER_NONE);
	}
	for (size_t bytes = 1; bytes <= MMIO_INSTRUCTION_MAX_BYTES; bytes++)
		free(buffers[bytes]);
	print_message("%u random strings, %lu of them a mov\n", RANDOM_ROUNDS, decoded);
	assert_true(decoded > RANDOM_ROUNDS / 20);
}

/* ---- what this compiler emits, run into a page that is not there ---- */

static uint8_t *hole;
static uint8_t behind[PAGE]; /* what the registers hold */
static volatile sig_atomic_t traps;

static greg_t *host_register(greg_t *registers, unsigned int number)
{
	static const int places[16] = {
		REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
		REG_R8,	 REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	};

	return &registers[places[number]];
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	const uint64_t rip = (uint64_t)registers[REG_RIP];
	const uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
	uint64_t numbered[16], value = 0;
	struct mmio_instruction in;
	uint8_t *at = behind + (address - (uintptr_t)hole);

	(void)number;
	for (unsigned int i = 0; i < 16; i++)
		numbered[i] = (uint64_t)*host_register(registers, i);
	if (address - (uintptr_t)hole >= PAGE ||
	    mmio_decode((const uint8_t *)rip, MMIO_INSTRUCTION_MAX_BYTES, &in) != MMIO_DECODED ||
	    mmio_operand_address(&in, numbered, rip) != address || in.operand_bytes < 4)
		abort();
	if (in.is_write) {
		value = in.has_immediate ? in.immediate : numbered[in.reg];
		memcpy(at, &value, in.operand_bytes);
	} else {
		memcpy(&value, at, in.operand_bytes);
		*host_register(registers, in.reg) = (greg_t)value;
	}
	registers[REG_RIP] += in.length_bytes;
	traps++;
}

/* For each test anew: the test library takes the signal for itself before each. */
static void open_hole(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };

	if (!hole)
		hole = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(hole != MAP_FAILED);
	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
	for (unsigned int i = 0; i < PAGE; i++)
		behind[i] = (uint8_t)(i * 7 + 3);
	traps = 0;
}

static uint64_t behind_at(unsigned int offset, unsigned int bytes)
{
	uint64_t value = 0;

	memcpy(&value, behind + offset, bytes);
	return value;
}

/* The accessors in the company that makes a compiler fold plain volatile accesses. */
static void accessors_are_decoded(void **state)
{
	uint64_t sum = 0, wanted = 0;

	(void)state;
	open_hole();
	for (unsigned int i = 0; i < PAGE; i += 8) {
		sum += mmio_read32(hole + i);
		sum ^= mmio_read64(hole + i);
		if (mmio_read32(hole + i + 4) & 1)
			sum++;
		wanted += behind_at(i, 4);
		wanted ^= behind_at(i, 8);
		wanted += behind_at(i + 4, 4) & 1;
	}
	assert_int_equal(sum, wanted);
	assert_int_equal(traps, 3 * PAGE / 8);
	for (unsigned int i = 0; i < PAGE; i += 16) {
		mmio_write32(hole + i, i);
		mmio_write32(hole + i + 4, mmio_read32(hole + i + 4) | 1);
		mmio_write64(hole + i + 8, ~(uint64_t)i);
		assert_int_equal(behind_at(i, 4), i);
		assert_true(behind_at(i + 4, 4) & 1);
		assert_int_equal(behind_at(i + 8, 8), ~(uint64_t)i);
	}
	mmio_write32(hole, 0);
	mmio_write64(hole + 8, UINT64_MAX);
	assert_int_equal(behind_at(0, 4), 0);
	assert_int_equal(behind_at(8, 8), UINT64_MAX);
}

/* More live values than registers: every one of them gets its turn as base and as operand. */
static void registers_under_pressure_are_decoded(void **state)
{
	uint64_t v[24];

	(void)state;
	open_hole();
	for (unsigned int round = 0; round < 8; round++) {
		uint64_t a = mmio_read64(hole), b = mmio_read64(hole + 8);
		uint64_t c = mmio_read64(hole + 16), d = mmio_read64(hole + 24);
		uint64_t e = mmio_read64(hole + 32), f = mmio_read64(hole + 40);
		uint64_t g = mmio_read32(hole + 48), h = mmio_read32(hole + 56);
		uint64_t i = mmio_read32(hole + 64), j = mmio_read32(hole + 72);
		uint64_t k = mmio_read32(hole + 80), l = mmio_read32(hole + 88);
		uint64_t all[] = { a, b, c, d, e, f, g, h, i, j, k, l };

		for (unsigned int n = 0; n < 12; n++)
			mmio_write64(hole + 2048 + n * 8, all[n] + round);
		for (unsigned int n = 0; n < 12; n++)
			assert_int_equal(behind_at(2048 + n * 8, 8),
					 behind_at(n * 8, n < 6 ? 8 : 4) + round);
		memcpy(v, all, sizeof(all));
	}
	assert_int_equal(v[0], behind_at(0, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_decoded),
		cmocka_unit_test(cut_forms_are_cut),
		cmocka_unit_test(other_instructions_are_unknown),
		cmocka_unit_test(random_bytes_are_harmless),
		cmocka_unit_test(accessors_are_decoded),
		cmocka_unit_test(registers_under_pressure_are_decoded),
	};

	return cmocka_run_group_tests_name("mmio_decode", tests, NULL, NULL);
}
