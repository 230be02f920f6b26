"""The kernel through Jupyter's own conformance suite, PyPI's jupyter-kernel-test.

python test/notebook/conformance.py [kernel name, "synclr" by default; "tslab" and "deno" to compare]
"""

import json
import sys
import unittest

import jupyter_kernel_test as jkt

KERNEL = sys.argv[1] if len(sys.argv) > 1 else "synclr"
DISPLAY = {
    "deno": 'await Deno.jupyter.display({ "text/html": "<b>bold</b>" }, { raw: true })',
}.get(KERNEL, 'require("tslab").display.html("<b>bold</b>")')


class Conformance(jkt.KernelTests):
    kernel_name = KERNEL
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("hello, world")'
    completion_samples = [{"text": "Math.hypo", "matches": ["hypot"]}]
    complete_code_samples = ["const a = 1;", "function f() {\n  return 1;\n}"]
    incomplete_code_samples = ["function f() {", "const b = ["]
    code_generate_error = 'throw new Error("no luck")'
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "[1, 2].map((x) => 2 * x)"}]
    code_display_data = [{"code": DISPLAY, "mime": "text/html"}]
    code_history_pattern = "6 * ?"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.hypot"


if __name__ == "__main__":
    jkt.TIMEOUT = 60
    result = unittest.TestResult()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Conformance)
    names = [test._testMethodName for test in suite]
    suite.run(result)
    for test, text in result.errors:
        if not hasattr(test, "_testMethodName") and not hasattr(test, "test_case"):  # no test ran
            sys.exit(f"{test}: {text}")
    bad = {}
    for test, text in result.failures + result.errors:
        name = getattr(getattr(test, "test_case", test), "_testMethodName", str(test))
        bad.setdefault(name, text.strip().splitlines()[-1])
    skipped = {test._testMethodName for test, _ in result.skipped if hasattr(test, "_testMethodName")}
    print(json.dumps({n: bad.get(n) or ("skipped" if n in skipped else "passed") for n in names}, indent=1))
