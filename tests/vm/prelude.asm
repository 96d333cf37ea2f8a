; SPDX-License-Identifier: MIT
; A UEFI application that leaves the processor as some firmware does, and fails: so the boot manager goes on with the next
; entry, which finds it so. Made by tests/vm/processor.t: nasm -f bin -dFIVE_LEVELS=1, or -dAPIC_ID=5.

IMAGE_BYTES	equ 4096
CODE_AT		equ 0x200
CR0_PG		equ 1 << 31
CR4_LA57	equ 1 << 12
CPUID_7_ECX_LA57 equ 1 << 16
APIC_ID_REGISTER equ 0xfee00020

; Of the firmware's tables: where the other one is, its call, and what that is told.
BOOT_SERVICES	equ 0x60
ALLOCATE_PAGES	equ 0x28
BELOW_ADDRESS	equ 1
BOOT_DATA	equ 4
NOT_FOUND	equ 0x800000000000000e

; What the firmware's loader reads of it: a PE32+ file of one section, as it lies in memory.
	dw	'MZ'
	times	0x3c - ($ - $$) db 0
	dd	pe
pe:	dd	'PE'
	dw	0x8664, 1			; x86-64, sections
	dd	0, 0, 0
	dw	optional_end - optional, 0x22	; executable, of any address
optional:
	dw	0x20b, 0
	dd	IMAGE_BYTES, 0, 0, entry, CODE_AT
	dq	0				; base
	dd	CODE_AT, CODE_AT		; alignment in memory and in the file
	dd	0, 0, 0, 0
	dd	IMAGE_BYTES, CODE_AT, 0
	dw	10, 0				; a UEFI application
	dq	0, 0, 0, 0
	dd	0, 6				; directories
	times	6 dq 0
optional_end:
	db	'.text', 0, 0, 0
	dd	IMAGE_BYTES - CODE_AT, CODE_AT, IMAGE_BYTES - CODE_AT, CODE_AT, 0, 0, 0
	dd	0xe0000020			; code, to execute, read and write
	times	CODE_AT - ($ - $$) db 0

bits 64
default rel

; rdx: the firmware's system table
entry:
	push	rbx
	push	rbp
	sub	rsp, 40
	pushfq
	cli
%ifdef APIC_ID
	mov	eax, APIC_ID_REGISTER
	mov	dword [rax], APIC_ID << 24
%endif
%ifdef FIVE_LEVELS
	mov	rbp, rdx
	mov	eax, 7
	xor	ecx, ecx
	cpuid
	test	ecx, CPUID_7_ECX_LA57
	jz	.end
	call	add_level
.end:
%endif
	popfq
	add	rsp, 40
	pop	rbp
	pop	rbx
	mov	rax, NOT_FOUND
	ret

; rbp: the firmware's system table. One more table on top; paging must be off meanwhile, so this goes through 32-bit mode.
add_level:
	sub	rsp, 40
	mov	rax, [rbp + BOOT_SERVICES]
	mov	ecx, BELOW_ADDRESS
	mov	edx, BOOT_DATA
	mov	r8d, 1
	lea	r9, [top_table]
	call	[rax + ALLOCATE_PAGES]
	add	rsp, 40
	test	rax, rax
	jnz	.end

	mov	rdi, [top_table]
	mov	ecx, 512
	cld
	rep stosq
	mov	rdi, [top_table]
	mov	rax, cr3
	or	eax, 3				; present, writable
	mov	[rdi], rax

	sgdt	[their_gdt]
	mov	ebp, cs
	lea	rax, [gdt]
	mov	[our_gdt + 2], rax
	lgdt	[our_gdt]
	lea	rbx, [.in_64_bits]
	lea	rax, [.in_32_bits]
	push	0x08
	push	rax
	retfq
bits 32
.in_32_bits:
	mov	eax, cr0
	and	eax, ~CR0_PG
	mov	cr0, eax
	mov	eax, cr4
	or	eax, CR4_LA57
	mov	cr4, eax
	mov	cr3, edi
	mov	eax, cr0
	or	eax, CR0_PG
	mov	cr0, eax
	push	dword 0x10
	push	ebx
	retf
bits 64
.in_64_bits:
	lgdt	[their_gdt]
	lea	rax, [.end]
	push	rbp
	push	rax
	retfq
.end:	ret

align 8
top_table: dq	0xffffffff			; the highest address it may have, then where it is
gdt:	dq	0
	dq	0x00cf9b000000ffff		; 32-bit code
	dq	0x00af9b000000ffff		; 64-bit code
our_gdt: dw	3 * 8 - 1
	dq	0
their_gdt: dw	0
	dq	0
	times	IMAGE_BYTES - ($ - $$) db 0
