{{- define "callout.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Short enough for what is added to it: -tokens is the longest. */}}
{{- define "callout.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 56 | trimSuffix "-" }}
{{- else if contains (include "callout.name" .) .Release.Name }}
{{- .Release.Name | trunc 56 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "callout.name" .) | trunc 56 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "callout.selectorLabels" -}}
app.kubernetes.io/name: {{ include "callout.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "callout.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "callout.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "callout.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "callout.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* repository:tag or repository@digest of (dict "image" … "tag" …). */}}
{{- define "callout.image" -}}
{{- if .image.digest }}
{{- printf "%s@%s" .image.repository .image.digest }}
{{- else }}
{{- printf "%s:%s" .image.repository (default .tag .image.tag) }}
{{- end }}
{{- end }}

{{- define "callout.portName" -}}
{{- ternary "https" "http" .Values.tls.enabled }}
{{- end }}

{{- define "callout.port" -}}
{{- ternary 8443 8080 .Values.tls.enabled }}
{{- end }}

{{- define "callout.probe" -}}
httpGet:
  path: {{ .path }}
  port: {{ include "callout.portName" .root }}
  scheme: {{ include "callout.portName" .root | upper }}
{{- with .more }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "callout.tlsSecretName" -}}
{{- default (printf "%s-tls" (include "callout.fullname" .)) .Values.tls.secretName }}
{{- end }}

{{/* What the service is asked under in the cluster. */}}
{{- define "callout.serviceNames" -}}
{{- $name := include "callout.fullname" . }}
- {{ $name | quote }}
- {{ printf "%s.%s" $name .Release.Namespace | quote }}
- {{ printf "%s.%s.svc" $name .Release.Namespace | quote }}
- {{ printf "%s.%s.svc.cluster.local" $name .Release.Namespace | quote }}
{{- end }}

{{/* What the daemon is set to: what the chart knows wins over config. */}}
{{- define "callout.settings" -}}
{{- $service := fromYamlArray (include "callout.serviceNames" .) }}
{{- if .Values.ingress.enabled }}
{{- $service = append $service .Values.ingress.host }}
{{- end }}
{{- $own := dict "listen" (printf "[::]:%s" (include "callout.port" .)) "data" "/data" "meshFile" "/config/mesh.yaml" "allowedHosts" (concat $service .Values.allowedHosts) }}
{{- if .Values.tls.enabled }}
{{- $own = merge $own (dict "tlsCert" "/tls/tls.crt" "tlsKey" "/tls/tls.key") }}
{{- if .Values.tls.clientCaSecretName }}
{{- $own = merge $own (dict "clientCa" "/client-ca/ca.crt") }}
{{- end }}
{{- end }}
{{- if .Values.tokens.enabled }}
{{- $own = merge $own (dict "tokens" "/tokens/tokens.yaml") }}
{{- end }}
{{- if .Values.insecure }}
{{- $own = merge $own (dict "insecure" true) }}
{{- end }}
{{- if .Values.gitSync.enabled }}
{{- $own = merge $own (dict "manifests" (trimSuffix "/" (printf "/git/current/%s" .Values.gitSync.path))) }}
{{- end }}
{{- toYaml (merge $own .Values.config (dict "logFormat" "json")) }}
{{- end }}
