#include "openvino_runtime.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* One function of the table: where its pointer goes and what the library calls it. */
struct entry {
    size_t offset;
    const char *symbol;
};

#define ENTRY(field, symbol) { offsetof(likeness_openvino_t, field), symbol }

static const struct entry entries[] = {
    ENTRY(get_openvino_version, "ov_get_openvino_version"),
    ENTRY(version_free, "ov_version_free"),
    ENTRY(get_error_info, "ov_get_error_info"),
    ENTRY(get_last_err_msg, "ov_get_last_err_msg"),
    ENTRY(free_text, "ov_free"),
    ENTRY(core_create, "ov_core_create"),
    ENTRY(core_free, "ov_core_free"),
    ENTRY(core_compile_model_from_file_props, "ov_core_compile_model_from_file_props"),
    ENTRY(compiled_model_free, "ov_compiled_model_free"),
    ENTRY(compiled_model_create_infer_request, "ov_compiled_model_create_infer_request"),
    ENTRY(infer_request_free, "ov_infer_request_free"),
    ENTRY(infer_request_get_tensor, "ov_infer_request_get_tensor"),
    ENTRY(infer_request_infer, "ov_infer_request_infer"),
    ENTRY(tensor_free, "ov_tensor_free"),
    ENTRY(tensor_set_shape, "ov_tensor_set_shape"),
    ENTRY(tensor_get_element_type, "ov_tensor_get_element_type"),
    ENTRY(tensor_get_size, "ov_tensor_get_size"),
    ENTRY(tensor_data, "ov_tensor_data"),
};

_Static_assert(sizeof(entries) / sizeof(entries[0]) == sizeof(likeness_openvino_t) / sizeof(void *),
    "every function of the table has its symbol");

int likeness_openvino_load(const char *library_path, likeness_openvino_t *table, char *message, size_t message_size) {
    void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(message, message_size, "%s", reason != NULL ? reason : "dlopen failed");
        return -1;
    }
    for (size_t index = 0; index < sizeof(entries) / sizeof(entries[0]); index++) {
        void *function = dlsym(library, entries[index].symbol);
        if (function == NULL) {
            snprintf(message, message_size, "%s has no %s: another version?", library_path, entries[index].symbol);
            return -1;
        }
        /* Copied as bytes: ISO C does not convert an object pointer to a function pointer, POSIX keeps their size. */
        memcpy((char *)table + entries[index].offset, &function, sizeof(function));
    }
    return 0;
}

int32_t likeness_openvino_compile(
    const likeness_openvino_t *table, const ov_core_t *core, const char *model_path, int32_t thread_count,
    ov_compiled_model_t **compiled) {
    char threads[16];
    snprintf(threads, sizeof(threads), "%d", thread_count);
    const ov_property_t properties[] = {
        {"NUM_STREAMS", threads},
        {"INFERENCE_NUM_THREADS", threads},
        /* Pinned, every process of a machine would compute on the same first core. */
        {"ENABLE_CPU_PINNING", "NO"},
        /*
         * The default computes in bfloat16 where the processor can, so that the same text would get one vector here
         * and another there. Activations in 8 bits, on the other hand, halve the time for a cosine of 0.9997.
         */
        {"INFERENCE_PRECISION_HINT", "f32"},
        {"DYNAMIC_QUANTIZATION_GROUP_SIZE", "32"},
    };
    return table->core_compile_model_from_file_props(
        core, model_path, "CPU", sizeof(properties) / sizeof(properties[0]), properties, compiled);
}
