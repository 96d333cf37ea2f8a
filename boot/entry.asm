; SPDX-License-Identifier: MIT
; Where QEMU (PVH) and GRUB (Multiboot2) jump to: 32-bit protected mode, paging off, interrupts off.
; Goes to 64-bit mode with the first 4 GiB mapped one to one.

MULTIBOOT2_MAGIC equ 0xe85250d6
MULTIBOOT2_I386  equ 0
PVH_NOTE_ENTRY   equ 18

PAGE_TABLE       equ 0x003	; present, writable
PAGE_LARGE       equ 0x083	; present, writable, 2 MiB
CR0_PE_PG        equ 0x80000001
CR4_PAE          equ 1 << 5
MSR_EFER         equ 0xc0000080
EFER_LME         equ 1 << 8

extern pvh_start
extern multiboot2_start

section .multiboot2 progbits alloc noexec nowrite align=8
multiboot2_header:
	dd	MULTIBOOT2_MAGIC, MULTIBOOT2_I386, multiboot2_end - multiboot2_header
	dd	-(MULTIBOOT2_MAGIC + MULTIBOOT2_I386 + (multiboot2_end - multiboot2_header))
	; a linear frame buffer of any size, if there is one
	dw	5, 1
	dd	20, 0, 0, 32
	align	8, db 0
	; end of tags
	dw	0, 0
	dd	8
multiboot2_end:

section .note.pvh note alloc noexec nowrite align=4
	dd	4, 4, PVH_NOTE_ENTRY
	db	"Xen", 0
	dd	pvh_entry

section .bss nobits alloc noexec write align=4096
page_map:	resb 4096
page_pointers:	resb 4096
page_directories: resb 4 * 4096
boot_stack:	resb 16384
boot_stack_top:

section .text progbits alloc exec nowrite align=16
bits 32

; ebx: address of struct hvm_start_info
global pvh_entry
pvh_entry:
	mov	edi, ebx
	mov	ebp, pvh_start
	jmp	enter_long_mode

; eax: Multiboot2's magic, ebx: address of its information
global multiboot2_entry
multiboot2_entry:
	mov	edi, ebx
	mov	esi, eax
	mov	ebp, multiboot2_start

; edi, esi: arguments of the C function at ebp, which does not return
enter_long_mode:
	cli
	cld
	mov	esp, boot_stack_top
	mov	eax, page_pointers
	or	eax, PAGE_TABLE
	mov	[page_map], eax

	mov	eax, page_directories
	or	eax, PAGE_TABLE
	xor	ecx, ecx
.pointer:
	mov	[page_pointers + ecx * 8], eax
	add	eax, 4096
	inc	ecx
	cmp	ecx, 4
	jb	.pointer

	mov	eax, PAGE_LARGE
	xor	ecx, ecx
.directory:
	mov	[page_directories + ecx * 8], eax
	add	eax, 2 << 20
	inc	ecx
	cmp	ecx, 4 * 512
	jb	.directory

	mov	eax, page_map
	mov	cr3, eax
	mov	eax, CR4_PAE
	mov	cr4, eax
	mov	ecx, MSR_EFER
	rdmsr
	or	eax, EFER_LME
	wrmsr
	mov	eax, cr0
	or	eax, CR0_PE_PG
	mov	cr0, eax
	lgdt	[gdt_register]
	jmp	0x08:long_mode

bits 64
; the upper halves of the registers are undefined after the switch
long_mode:
	mov	eax, 0x10
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	edi, edi
	mov	esi, esi
	mov	ebp, ebp
	mov	esp, esp
	call	rbp
	ud2

section .rodata progbits alloc noexec nowrite align=8
gdt:
	dq	0
	dq	0x00af9b000000ffff	; 64-bit code
	dq	0x00cf93000000ffff	; data
gdt_register:
	dw	$ - gdt - 1
	dd	gdt

section .note.GNU-stack noalloc noexec nowrite progbits
