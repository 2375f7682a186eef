package com.example.skerryline.${{ values.name | replace("-", "") }}

import com.example.skerryline.starter.service

fun main() = service("${{ values.name }}") {
    health { "database" to {% if values.database %}database.answers(){% else %}true{% endif %} }
{%- for topic in values.topics %}
    reads("${{ topic }}") { event -> log.info("got {}", event.id) }
{%- endfor %}
}
