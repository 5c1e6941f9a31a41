/* seccomp: a list of the system calls that remain. */
#include "serve/sandbox/sandbox.h"

#include <errno.h>

#ifdef CALLOUT_SECCOMP

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* Whatever the daemon, SQLite, libmicrohttpd, GnuTLS and the C library may ask for after the start. The kernel's names; what
 * an architecture does not have is passed over. */
static const char *const calls[] = {
	/* files */
	"read",
	"pread64",
	"readv",
	"preadv",
	"write",
	"pwrite64",
	"writev",
	"pwritev",
	"open",
	"openat",
	"openat2",
	"close",
	"lseek",
	"_llseek",
	"stat",
	"stat64",
	"lstat",
	"lstat64",
	"fstat",
	"fstat64",
	"newfstatat",
	"fstatat64",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getdents64",
	"getcwd",
	"statfs",
	"statfs64",
	"fstatfs",
	"fstatfs64",
	"fsync",
	"fdatasync",
	"ftruncate",
	"ftruncate64",
	"fallocate",
	"flock",
	"fcntl",
	"fcntl64",
	"fchmod",
	"fchown",
	"fchown32",
	"umask",
	"mkdir",
	"mkdirat",
	"rmdir",
	"unlink",
	"unlinkat",
	"rename",
	"renameat",
	"renameat2",
	"dup",
	"dup3",
	"pipe2",
	"inotify_init1",
	"inotify_add_watch",
	"inotify_rm_watch",
	"ioctl",
	/* clients */
	"accept",
	"accept4",
	"recvfrom",
	"recvmsg",
	"sendto",
	"sendmsg",
	"sendfile",
	"sendfile64",
	"shutdown",
	"getsockname",
	"getpeername",
	"getsockopt",
	"setsockopt",
	"listen",
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"eventfd2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"select",
	"_newselect",
	"pselect6",
	"pselect6_time64",
	/* memory */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"membarrier",
	/* threads, signals and time */
	"futex",
	"futex_time64",
	"futex_waitv",
	"set_robust_list",
	"get_robust_list",
	"rseq",
	"sched_yield",
	"getpriority", /* both of nice, in the threads that read long bodies */
	"setpriority",
	"sched_getaffinity",
	"gettid",
	"getpid",
	"getppid",
	"tgkill",
	"exit",
	"exit_group",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"rt_sigtimedwait",
	"rt_sigtimedwait_time64",
	"sigaltstack",
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"clock_getres_time64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"nanosleep",
	"gettimeofday",
	"time",
	/* what the process is */
	"getrandom",
	"getuid",
	"getuid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getegid",
	"getegid32",
	"getrusage",
	"getrlimit",
	"ugetrlimit",
	"setrlimit",
	"prlimit64",
	"uname",
	"sysinfo",
	"getcpu",
};

/* Calls that remain for some values of an argument: (value & mask) == wanted. */
static const struct limited {
	const char *name;
	unsigned    argument;
	uint64_t    mask, wanted;
} limited[] = {
	{ "clone", 0, CLONE_THREAD, CLONE_THREAD }, /* threads, and no processes (argument 0 but on s390) */
	{ "socket", 0, UINT32_MAX, AF_UNIX },       /* sd_notify */
	{ "mmap", 2, PROT_EXEC, 0 },                /* no memory becomes code */
	{ "mmap2", 2, PROT_EXEC, 0 },
	{ "mprotect", 2, PROT_EXEC, 0 },
	{ "prctl", 0, UINT32_MAX, PR_SET_NAME }, /* of threads */
};

static bool add_all(scmp_filter_ctx filter, unsigned *n)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		if (number == __NR_SCMP_ERROR)
			continue; /* newer than the library */
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0)
			return false;
		(*n)++;
	}
	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		const struct limited *l = &limited[i];
		int                   number = seccomp_syscall_resolve_name(l->name);

		if (number == __NR_SCMP_ERROR)
			continue;
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
		                     SCMP_CMP(l->argument, SCMP_CMP_MASKED_EQ, l->mask, l->wanted)) != 0)
			return false;
		(*n)++;
	}
	return true;
}

/* What is refused looks like a call that the kernel lacks: libraries then take another way where there is one (clone3, whose
 * flags no filter can see, becomes clone), and nothing dies of one that was forgotten here. */
bool sandbox_calls(unsigned *ret_calls, const char **ret_why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int             error = -ENOMEM;

	*ret_calls = 0;
	if (filter && add_all(filter, ret_calls)) {
		(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree: 40 comparisons less a call */
		(void)seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* errors as the kernel gives them */
		error = seccomp_load(filter);
	}
	seccomp_release(filter);
	*ret_why = error == -EINVAL || error == -ENOSYS  ? "this kernel has no filter of system calls"
	           : error == -EPERM || error == -EACCES ? "the system does not allow a filter of system calls here"
	                                                 : "the filter of system calls was not taken";
	return error == 0;
}

#else

bool sandbox_calls(unsigned *ret_calls, const char **ret_why)
{
	*ret_calls = 0;
	*ret_why = "left out of this build: libseccomp was not there";
	return false;
}

#endif
